import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { describe, expect, test } from "vitest";

const root = new URL("../../src", import.meta.url).pathname;
const folder = join(root, "i18n/locales");
type Texts = { [key: string]: string | Texts };

function flat(texts: Texts, prefix = ""): Map<string, string> {
  const found = new Map<string, string>();
  for (const [key, value] of Object.entries(texts)) {
    if (typeof value === "string") found.set(prefix + key, value);
    else for (const [inner, text] of flat(value, `${prefix}${key}.`)) found.set(inner, text);
  }
  return found;
}

const textsOf = (file: string) => flat(JSON.parse(readFileSync(file, "utf8")));

const PLURAL = /_(zero|one|two|few|many|other)$/;
const languages = Object.fromEntries(
  readdirSync(join(folder, "first")).map((name) => [
    name.replace(".json", ""),
    new Map([join(folder, "first", name), join(folder, name)].flatMap((file) => [...textsOf(file)])),
  ]),
);
const english = languages.en as Map<string, string>;
const plurals = new Set(
  [...english.keys()].filter((key) => PLURAL.test(key)).map((key) => key.replace(PLURAL, "")),
);

/** The keys that a language has to have: for counts, one for each of its own plural forms. */
function expected(language: string): string[] {
  const forms = new Intl.PluralRules(language).resolvedOptions().pluralCategories;
  const plain = [...english.keys()].filter((key) => !PLURAL.test(key));
  return [...plain, ...[...plurals].flatMap((key) => forms.map((form) => `${key}_${form}`))].sort();
}

const holes = (text: string) => [...text.matchAll(/{{(\w+)}}/g)].map((match) => match[1]).sort();

test("there are six languages", () => {
  expect(Object.keys(languages).sort()).toEqual(["cs", "de", "en", "es", "fr", "zh"]);
});

describe.each(Object.keys(languages))("%s", (language) => {
  const texts = languages[language] as Map<string, string>;

  test("has every text and no other", () => {
    expect([...texts.keys()].sort()).toEqual(expected(language));
  });

  test("no text is empty, and each has the places to fill in that the English one has", () => {
    for (const [key, text] of texts) {
      expect(text.trim(), key).not.toBe("");
      const model = english.get(key) ?? english.get(key.replace(PLURAL, "_other")) ?? "";
      // "the first object" may leave the number out where there is only one
      const wanted = key.endsWith("_one") ? holes(text) : holes(model);
      expect(holes(text), key).toEqual(wanted);
    }
  });
});

function sources(at: string): string[] {
  return readdirSync(at, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory()
      ? sources(join(at, entry.name))
      : /\.tsx?$/.test(entry.name)
        ? [join(at, entry.name)]
        : [],
  );
}

const SPOKEN = new Set([
  "label",
  "title",
  "placeholder",
  "aria-label",
  "alt",
  "helperText",
  "caption",
  "explanation",
  "submit",
  "confirm",
  "message",
]);
// names of things, units and examples are the same in every language
const SAME_EVERYWHERE = new Set([
  "SpheroSeg",
  "µm",
  "px",
  "PostgreSQL",
  "SVG",
  "PNG",
  "{plate}_{well}_s{field}_t{time}h*",
]);

/** Texts for people that stand in a component instead of in the language files. */
function hardCoded(source: string, name = "test.tsx"): string[] {
  const file = ts.createSourceFile(name, source, ts.ScriptTarget.Latest, true, ts.ScriptKind.TSX);
  const found: string[] = [];
  const isText = (text: string) => /\p{L}{2,}/u.test(text) && !SAME_EVERYWHERE.has(text.trim());
  function visit(node: ts.Node): void {
    if (ts.isJsxText(node) && isText(node.text.replace(/\s*(µm|px)\b/g, ""))) found.push(node.text.trim());
    if (
      ts.isJsxAttribute(node) &&
      SPOKEN.has(node.name.getText()) &&
      node.initializer &&
      ts.isStringLiteral(node.initializer)
    ) {
      if (isText(node.initializer.text)) found.push(`${node.name.getText()}="${node.initializer.text}"`);
    }
    ts.forEachChild(node, visit);
  }
  visit(file);
  return found;
}

test("no component has texts of its own", () => {
  const found = sources(root).flatMap((file) =>
    hardCoded(readFileSync(file, "utf8"), file).map((text) => `${file.slice(root.length)}: ${text}`),
  );
  expect(found).toEqual([]);
}, 60_000);

test("the search for hard-coded texts finds them", () => {
  expect(hardCoded('const a = <Button title="Save it">Save</Button>;')).toEqual(['title="Save it"', "Save"]);
  expect(hardCoded('const a = <Button title={t("app.save")}>{t("app.save")} · SpheroSeg</Button>;')).toEqual([
    "· SpheroSeg",
  ]);
  expect(hardCoded("const a = <b>SpheroSeg</b>;")).toEqual([]);
});

test("every text is used somewhere", () => {
  const all = sources(root)
    .map((file) => readFileSync(file, "utf8"))
    .join("\n");
  const names = new Set([...english.keys()].map((key) => key.replace(PLURAL, "")));
  const roots = new Set([...names].map((key) => key.split(".")[0]));
  const used = [...all.matchAll(/"([a-zA-Z]+)\.([a-zA-Z_0-9]+)"/g)]
    .filter((match) => roots.has(match[1] ?? ""))
    .map((match) => `${match[1]}.${match[2]}`);
  const patterns = [...all.matchAll(/`([a-zA-Z]+\.[a-zA-Z_]*)\$\{/g)].map((match) => match[1] as string);
  const unused = [...names].filter(
    (key) => !used.includes(key) && !patterns.some((prefix) => key.startsWith(prefix)),
  );
  expect(unused).toEqual([]);
});
