// @vitest-environment happy-dom
import { fireEvent, screen } from "@testing-library/react";
import { Route, Routes } from "react-router";
import { expect, test } from "vitest";
import Help from "../../src/help/Help";
import { htmlOf } from "../../src/help/markdown";
import { helpPages, targetOf } from "../../src/help/texts";
import { helpOf } from "../../src/shell/helpOf";
import { show } from "../page";

test("the help is the documentation, found by words", async () => {
  show(
    <Routes>
      <Route path="*" element={<Help />} />
    </Routes>,
  );
  expect(helpPages.length).toBeGreaterThan(20);
  fireEvent.change(screen.getByRole("searchbox"), { target: { value: "Crofton perimeter" } });
  expect(screen.getByRole("link", { name: "Measurements" }).getAttribute("href")).toBe(
    "/help/reference/measurements",
  );
  expect(screen.queryByRole("link", { name: "Kubernetes" })).toBeNull();
  fireEvent.change(screen.getByRole("searchbox"), { target: { value: "no page has qqxyzzy" } });
  expect(screen.getByText("No page has all of these words.")).toBeTruthy();
});

test("every link of every page leads to a page of the help, out of it, or nowhere; none into a missing page", () => {
  const wrong = helpPages.flatMap((page) =>
    [...htmlOf(page.path, page.text).matchAll(/<a href="([^"]+)"/g)]
      .map((match) => match[1] as string)
      .filter((href) => href.startsWith("/help/"))
      .filter((href) => !helpPages.some((each) => `/help/${each.path}` === href.split("#")[0])),
  );
  expect(wrong).toEqual([]);
  expect(targetOf("how-to/plates", "../reference/analysis.md")).toBe("/help/reference/analysis");
  expect(targetOf("how-to/plates", "../../src/spheroseg/errors.py")).toBeNull();
});

test("the page that the question mark opens exists, for every page of the app", () => {
  for (const place of ["", "/review", "/results", "/report", "/plate", "/runs", "/exports", "/images/i1"]) {
    const target = helpOf(`/projects/p1${place}`).replace(/^\/help\/?/, "");
    expect(target === "" || helpPages.some((each) => each.path === target), place).toBe(true);
  }
  expect(helpOf("/projects")).toBe("/help");
});
