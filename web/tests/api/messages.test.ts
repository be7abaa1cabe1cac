// @vitest-environment happy-dom
import { afterAll, beforeAll, expect, test } from "vitest";
import { ApiProblem } from "../../src/api/client";
import { messageOf } from "../../src/api/messages";
import { changeLanguage, loadAllTexts, startTexts } from "../../src/i18n";

beforeAll(async () => {
  await startTexts();
  await loadAllTexts();
});
afterAll(() => changeLanguage("en"));

const refused = (where: string, kind: string, reason: string, limits = {}) =>
  new ApiProblem(422, "invalid", `${where}: ${reason}`, { errors: [{ where, kind, reason, limits }] });

const tooSmall = refused("body.pixel_size_um", "greater_than", "Input should be greater than 0", { gt: 0 });

test("a refused value is named and explained in the language of the page, without its place in the request", async () => {
  await changeLanguage("en");
  expect(messageOf(tooSmall)).toBe("This cannot be saved. Pixel size: has to be greater than 0");
  await changeLanguage("cs");
  expect(messageOf(tooSmall)).toBe("Toto nelze uložit. Velikost pixelu: musí být větší než 0");
  expect(messageOf(refused("body.0.time_s", "float_parsing", "Input should be a valid number"))).toBe(
    "Toto nelze uložit. Čas: musí být číslo",
  );
});

test("a link that was copied in half is no longer valid, and has no field to mend", async () => {
  await changeLanguage("en");
  const half = refused("body.token", "string_too_short", "too short", { min_length: 20 });
  expect(messageOf(half)).toBe("This link is not valid any more. Ask for a new one.");
});

test("a reason that has no text of its own is told as the service says it", async () => {
  await changeLanguage("en");
  const own = refused("body", "value_error", "give a point or a box");
  expect(messageOf(own)).toBe("This cannot be saved. give a point or a box");
});

test("what the service has a code for, and what is no answer at all, have texts of their own", async () => {
  await changeLanguage("en");
  expect(messageOf(new ApiProblem(409, "folder_cycle", "x"))).toBe("A folder cannot lie inside itself.");
  expect(messageOf(new TypeError("Failed to fetch"))).toContain("cannot be reached");
});
