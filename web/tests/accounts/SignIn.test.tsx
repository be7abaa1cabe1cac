// @vitest-environment happy-dom
import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test } from "vitest";
import SignIn from "../../src/accounts/SignIn";
import SignUp from "../../src/accounts/SignUp";
import { safeTarget } from "../../src/api/session";
import { changeLanguage } from "../../src/i18n";
import { asked, place, show } from "../page";

const ANSWER = { user: { id: "u", email: "a@example.org", language: "en", role: "user" } };
const SERVICE = {
  "POST /api/v1/auth/sign-in": ANSWER,
  "POST /api/v1/auth/sign-up": ANSWER.user,
  "GET /api/v1/auth/providers": [],
};
const ADDRESS = `?to=${encodeURIComponent("/invitation")}#token=secret`;

test("an invitation survives signing in: its secret stays behind the #", async () => {
  show(<SignIn />, SERVICE, `/sign-in${ADDRESS}`);
  const link = await screen.findByRole("link", { name: "Create account" });
  expect(link.getAttribute("href")).toBe(`/sign-up${ADDRESS}`);
  screen.getByText("To accept the invitation, sign in or create an account.");
  await userEvent.type(screen.getByLabelText(/E-mail/), "a@example.org");
  await userEvent.type(screen.getByLabelText(/Password/, { selector: "input" }), "a quiet heron");
  await userEvent.click(screen.getByRole("button", { name: "Sign in" }));
  await waitFor(() => expect(place.now).toBe("/invitation#token=secret"));
});

test("and signing up", async () => {
  show(<SignUp />, SERVICE, `/sign-up${ADDRESS}`);
  await userEvent.type(await screen.findByLabelText(/E-mail/), "a@example.org");
  await userEvent.type(screen.getByLabelText(/Password/, { selector: "input" }), "a quiet heron");
  await userEvent.click(screen.getByRole("button", { name: "Create account" }));
  await waitFor(() => expect(place.now).toBe("/invitation#token=secret"));
});

test.each([
  ["/sign-in", <SignIn key="i" />],
  ["/sign-up", <SignUp key="u" />],
])("%s has the address that was invited, and says why; another may be typed", async (path, page) => {
  const token = "a-secret-of-a-link-from-a-mail";
  const link = { holds: true, email: "ada@example.org", project_name: "HeLa" };
  const to = `?to=${encodeURIComponent("/invitation")}#token=${token}`;
  show(page, { ...SERVICE, "POST /api/v1/auth/link": link }, `${path}${to}`);
  await screen.findByText("The invitation to “HeLa” was sent to ada@example.org.");
  const field = screen.getByLabelText(/E-mail/) as HTMLInputElement;
  expect(field.value).toBe("ada@example.org");
  await userEvent.clear(field);
  expect(field.value).toBe("");
  await userEvent.type(field, "work@example.org");
  expect(field.value).toBe("work@example.org");
});

test.each([
  ["/sign-in", <SignIn key="i" />],
  ["/sign-up", <SignUp key="u" />],
])("%s says that an invitation is over before anybody types something for it", async (path, page) => {
  const to = `?to=${encodeURIComponent("/invitation")}#token=a-secret-of-a-link-from-a-mail`;
  show(page, { ...SERVICE, "POST /api/v1/auth/link": { holds: false } }, `${path}${to}`);
  const said = await screen.findByRole("alert");
  expect(said.textContent).toContain("This link was used already or is too old.");
  expect(said.textContent).toContain("Ask whoever invited you for a new one.");
  expect(screen.queryByText("To accept the invitation, sign in or create an account.")).toBeNull();
});

test.each([
  ["sign_in_failed", "The provider did not sign you in"],
  ["no_such_code", "Something went wrong"],
])("what a provider of sign-in refused is said: %s", async (code, text) => {
  show(<SignIn />, SERVICE, `/sign-in?problem=${code}`);
  expect((await screen.findByRole("alert")).textContent).toContain(text);
});

test("the account speaks the language in which it was made", async () => {
  await changeLanguage("cs");
  show(<SignUp />, { ...SERVICE, "POST /api/v1/auth/sign-in": { user: { ...ANSWER.user, language: "cs" } } });
  await userEvent.type(await screen.findByLabelText(/E-mail/), "a@example.org");
  await userEvent.type(screen.getByLabelText(/Heslo/, { selector: "input" }), "a quiet heron");
  await userEvent.click(screen.getByRole("button", { name: "Vytvořit účet" }));
  await waitFor(() => expect(place.now).toBe("/projects"));
  expect(asked.find(({ path }) => path.endsWith("/sign-up"))?.body).toMatchObject({ language: "cs" });
  await changeLanguage("en");
});

test("who has not confirmed the address gets the mail again", async () => {
  const refused = () =>
    Response.json({ code: "email_not_verified", title: "Confirm your address" }, { status: 403 });
  const service = {
    ...SERVICE,
    "POST /api/v1/auth/sign-in": refused,
    "POST /api/v1/auth/verify/request": null,
  };
  show(<SignIn />, service, "/sign-in");
  await userEvent.type(await screen.findByLabelText(/E-mail/), "a@example.org");
  await userEvent.type(screen.getByLabelText(/Password/, { selector: "input" }), "a quiet heron");
  await userEvent.click(screen.getByRole("button", { name: "Sign in" }));
  await userEvent.click(await screen.findByRole("button", { name: "Send it again" }));
  await screen.findByText("A new link is on its way.");
  expect(asked.filter(({ path }) => path.endsWith("/verify/request"))).toEqual([
    { method: "POST", path: "/api/v1/auth/verify/request", body: { email: "a@example.org" } },
  ]);
});

test("an address of somewhere else is never followed", () => {
  expect(safeTarget("//evil.example", "#x")).toBe("/projects");
  expect(safeTarget("https://evil.example")).toBe("/projects");
  expect(safeTarget("/projects/1?a=b", "#c")).toBe("/projects/1?a=b#c");
});
