// @vitest-environment happy-dom
import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test } from "vitest";
import SignIn from "../../src/accounts/SignIn";
import SignUp from "../../src/accounts/SignUp";
import { safeTarget } from "../../src/api/session";
import { place, show } from "../page";

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

test("an address of somewhere else is never followed", () => {
  expect(safeTarget("//evil.example", "#x")).toBe("/projects");
  expect(safeTarget("https://evil.example")).toBe("/projects");
  expect(safeTarget("/projects/1?a=b", "#c")).toBe("/projects/1?a=b#c");
});
