// @vitest-environment happy-dom
import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import type { ReactElement } from "react";
import { expect, test } from "vitest";
import ResetPassword from "../../src/accounts/ResetPassword";
import UndoEmail from "../../src/accounts/UndoEmail";
import VerifyEmail from "../../src/accounts/VerifyEmail";
import AcceptInvitation from "../../src/sharing/AcceptInvitation";
import { asked, place, show } from "../page";

const TOKEN = "a-secret-of-a-link-from-a-mail";
const LOOK = "POST /api/v1/auth/link";
const PAGES: [string, string, ReactElement][] = [
  ["/verify-email", "verify_email", <VerifyEmail key="v" />],
  ["/reset-password", "reset_password", <ResetPassword key="r" />],
  ["/undo-email", "undo_email", <UndoEmail key="u" />],
  ["/invitation", "invitation", <AcceptInvitation key="i" />],
];

test.each(PAGES)(
  "%s says that a link was used, and asks for nothing that would be refused",
  async (path, purpose, page) => {
    show(page, { [LOOK]: { holds: false } }, `${path}#token=${TOKEN}`);
    await screen.findByText("This link was used already or is too old.");
    expect(asked).toEqual([{ method: "POST", path: "/api/v1/auth/link", body: { purpose, token: TOKEN } }]);
    expect(screen.queryByRole("textbox")).toBeNull();
  },
);

test.each(PAGES)("%s says that half a link is no link, and asks nobody", async (path, _purpose, page) => {
  for (const hash of ["", "#token=", "#token=none", `#token=${TOKEN}…`, `#token=${"x".repeat(300)}`]) {
    const { unmount } = show(page, {}, `${path}${hash}`);
    await screen.findByText("This link is not whole. Open it from the mail, or copy all of it.");
    unmount();
  }
  expect(asked).toEqual([]);
});

test("a link that holds confirms the address at once", async () => {
  const service = { [LOOK]: { holds: true }, "POST /api/v1/auth/verify": { email: "a@example.org" } };
  show(<VerifyEmail />, service, `/verify-email#token=${TOKEN}`);
  await screen.findByText("a@example.org is confirmed.");
});

const ME = "GET /api/v1/users/me";
const ACCEPT = "POST /api/v1/invitations/accept";
/** What a browser has that is signed in. */
const signedIn = () => {
  // biome-ignore lint/suspicious/noDocumentCookie: happy-dom has no Cookie Store
  document.cookie = "spheroseg_csrf=x";
};

test("or leads into the project", async () => {
  signedIn();
  const link = { holds: true, email: "Ada@example.org", project_name: "HeLa" };
  const service = { [LOOK]: link, [ME]: { email: "ada@example.org" }, [ACCEPT]: { project_id: "p" } };
  show(<AcceptInvitation />, service, `/invitation#token=${TOKEN}`);
  await waitFor(() => expect(place.now).toBe("/projects/p"));
});

test("who comes too late for a new password asks for another mail on the spot", async () => {
  show(<ResetPassword />, { [LOOK]: { holds: false } }, `/reset-password#token=${TOKEN}`);
  await userEvent.click(await screen.findByRole("link", { name: "Mail me a link" }));
  expect(place.now).toBe("/forgot-password");
});

test("somebody signed in with another account is told so, and joins only when they mean it", async () => {
  signedIn();
  const link = { holds: true, email: "ada@example.org", project_name: "HeLa" };
  const service = { [LOOK]: link, [ME]: { email: "bob@example.org" }, [ACCEPT]: { project_id: "p" } };
  show(<AcceptInvitation />, service, `/invitation#token=${TOKEN}`);
  const said = await screen.findByRole("alert");
  expect(said.textContent).toContain("The invitation to “HeLa” was sent to ada@example.org.");
  expect(said.textContent).toContain("You are signed in as bob@example.org.");
  screen.getByRole("button", { name: "Use another account" });
  expect(asked.filter(({ path }) => path.endsWith("/accept"))).toEqual([]);
  await userEvent.click(screen.getByRole("button", { name: "Join as bob@example.org" }));
  await waitFor(() => expect(place.now).toBe("/projects/p"));
});
