import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import definitions from "../../src/analysis/definitions.json";
import { LANGUAGES } from "../../src/i18n";

const folder = new URL("../../src/analysis/definitions", import.meta.url).pathname;
const textsOf = (language: string) =>
  JSON.parse(readFileSync(`${folder}/${language}.json`, "utf8")) as Record<string, string>;

const sentences = new Set(
  Object.values(definitions).flatMap((each) => [
    each.summary,
    each.convention,
    // a formula that is made of signs is the same in every language
    /[a-z]{3,} [a-z]{2,}/.test(each.formula) ? each.formula : "",
  ]),
);
sentences.delete("");

test.each(Object.keys(LANGUAGES).filter((each) => each !== "en"))(
  "%s says what every measure means",
  (language) => {
    const texts = textsOf(language);
    expect([...sentences].filter((each) => !texts[each])).toEqual([]);
    for (const [english, text] of Object.entries(texts)) {
      // numbers and names of columns are not translated, and not lost
      for (const name of english.match(/\b[a-z]+_[a-z_]+\b/g) ?? [])
        if (!/^r_|^n_corners|^major_axis/.test(name)) expect(text, english).toContain(name);
    }
  },
);

test("in Czech the word for a diameter is not that for a mean", () => {
  const texts = Object.entries(textsOf("cs")).filter(([, text]) => /průměr/i.test(text));
  expect(texts.filter(([english]) => !/diameter|feret/i.test(english))).toEqual([]);
  const root = new URL("../../src/i18n/locales", import.meta.url).pathname;
  const pairs = (language: string) =>
    ["", "first/"].flatMap((part) =>
      flat(JSON.parse(readFileSync(`${root}/${part}${language}.json`, "utf8"))),
    );
  const english = new Map(pairs("en"));
  const wrong = pairs("cs").filter(
    ([key, text]) => /průměr/i.test(text) && !/diameter|feret/i.test(english.get(key) ?? ""),
  );
  expect(wrong).toEqual([]);
});

function flat(texts: Record<string, unknown>, prefix = ""): [string, string][] {
  return Object.entries(texts).flatMap(([key, value]): [string, string][] =>
    typeof value === "string"
      ? [[prefix + key, value]]
      : flat(value as Record<string, unknown>, `${prefix}${key}.`),
  );
}
