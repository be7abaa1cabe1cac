// @vitest-environment happy-dom
// @vitest-environment-options { "settings": { "handleDisabledFileLoadingAsSuccess": true } }
import { screen, waitFor } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { isOtherBuild } from "../../src/api/build";
import { api, ok } from "../../src/api/client";
import { start } from "../../src/shell/offline";
import { clearNotifications, notifications } from "../../src/store/notifications";
import { ErrorBoundary } from "../../src/ui/ErrorBoundary";
import { show } from "../page";

/** The page was built with this first script. */
beforeEach(() => {
  document.head.innerHTML = '<script type="module" crossorigin src="/assets/index-own.js"></script>';
});

afterEach(() => {
  isOtherBuild.set(false);
  clearNotifications();
  document.head.innerHTML = "";
});

const answering = (build: string | null, body: unknown = {}) => ({
  "GET /api/v1/models": () => Response.json(body, { headers: build ? { "SpheroSeg-Page": build } : {} }),
});

function Broken({ rules }: { rules?: string }): string {
  return (rules as string).toUpperCase(); // as a page of today over the answer of a service of yesterday
}

test.each([
  ["index-own.js", false],
  [null, false],
  ["index-new.js", true],
])("an answer that belongs to the page %s is seen as another build: %s", async (build, isOther) => {
  show(<i />, answering(build));
  await ok(api.GET("/api/v1/models"));
  expect(isOtherBuild.get()).toBe(isOther);
});

test("a page that is another one than the service's is offered to be loaded again, once", async () => {
  show(<i />, answering("index-new.js"));
  start();
  await ok(api.GET("/api/v1/models"));
  await ok(api.GET("/api/v1/models"));
  const [offer, ...more] = notifications.get();
  expect(more).toEqual([]);
  expect(offer?.message).toBe("A new version of SpheroSeg is ready.");
  expect(offer?.action?.label).toBe("Reload");
});

test("what breaks over an answer of another version says so, and offers what helps", async () => {
  vi.spyOn(console, "error").mockImplementation(() => undefined); // React tells of what was caught
  const drawn = show(<i />, answering("index-old.js"));
  await ok(api.GET("/api/v1/models"));
  drawn.unmount();
  show(
    <ErrorBoundary>
      <Broken />
    </ErrorBoundary>,
    answering("index-old.js"),
  );
  await waitFor(() => screen.getByText(/a new one is being installed/));
  screen.getByRole("button", { name: "Reload" });
  expect(screen.queryByRole("button", { name: "Try again" })).toBeNull();
});
