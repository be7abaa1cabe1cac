import { expect, test } from "vitest";
import { Translator } from "../../src/i18n/translator";

function czech() {
  const made = new Translator("cs");
  made.add({
    images: {
      n_one: "{{count}} snímek",
      n_few: "{{count}} snímky",
      n_many: "{{count}} snímku",
      n_other: "{{count}} snímků",
    },
    sharing: { invited: "Pozvánka do „{{project}}“ ({{role}})" },
  });
  return made;
}

test("counts take the plural form of the language, and its way to write numbers", () => {
  const texts = czech();
  expect([1, 3, 1.5, 0, 5, 12_000].map((count) => texts.text("images.n", { count }))).toEqual([
    "1 snímek",
    "3 snímky",
    "1,5 snímku",
    "0 snímků",
    "5 snímků",
    "12\u00a0000 snímků",
  ]);
});

test("without a count a text with plural forms is its general form", () => {
  expect(czech().text("images.n")).toBe(" snímků");
});

test("every place is filled as it is, twice the same too", () => {
  const made = new Translator("en");
  made.add({ a: { b: "{{x}} and {{x}}, {{y}}" } });
  expect(made.text("a.b", { x: "<b> {{y}} $&", y: 3 })).toBe("<b> {{y}} $& and <b> {{y}} $&, 3");
});

test("a text that is not there is its key, and is said not to be there", () => {
  const texts = czech();
  expect(texts.text("images.none")).toBe("images.none");
  expect(texts.has("images.none")).toBe(false);
  expect(texts.has("sharing")).toBe(false);
  expect(texts.has("sharing.invited")).toBe(true);
});

test("sections may come later", () => {
  const texts = czech();
  texts.add({ results: { title: "Výsledky" } });
  expect(texts.text("results.title")).toBe("Výsledky");
  expect(texts.text("sharing.invited", { project: "A", role: "b" })).toBe("Pozvánka do „A“ (b)");
});
