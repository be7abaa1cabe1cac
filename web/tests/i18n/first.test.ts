import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";

const root = new URL("../../src", import.meta.url).pathname;
const first = JSON.parse(readFileSync(join(root, "i18n/locales/first/en.json"), "utf8"));
const rest = JSON.parse(readFileSync(join(root, "i18n/locales/en.json"), "utf8"));

/** The files of ours that a file brings along, now or later. */
function reached(file: string, seen = new Set<string>()): Set<string> {
  if (seen.has(file) || file.endsWith("pages.ts")) return seen;
  seen.add(file);
  // what is fetched together with all texts has them
  const source = readFileSync(file, "utf8").replaceAll(/import\("[^"]+"\), loadAllTexts\(\)/g, "");
  for (const [, path] of source.matchAll(/(?:from|import\()\s*"(\.[^"]+)"/g)) {
    const at = join(dirname(file), path ?? "");
    const found = [at, `${at}.ts`, `${at}.tsx`, join(at, "index.ts")].find(
      (each) => /\.tsx?$/.test(each) && !each.endsWith(".d.ts") && existsSync(each),
    );
    if (found) reached(found, seen);
  }
  return seen;
}

const pages = readFileSync(join(root, "pages.ts"), "utf8");
const early = [...pages.matchAll(/^ {2}\w+: \(\) => import\("([^"]+)"\)/gm)].map(([, path]) =>
  join(root, `${path}.tsx`),
);

test("pages that are fetched without all texts say only the first ones", () => {
  expect(early.length).toBeGreaterThan(5);
  const files = new Set([join(root, "start.tsx"), ...early].flatMap((file) => [...reached(file)]));
  const missing = [...files].flatMap((file) =>
    [...readFileSync(file, "utf8").matchAll(/["`]([a-zA-Z]+)\.[a-zA-Z_0-9]+["$]/g)]
      .map((match) => match[1] as string)
      .filter((section) => section in rest && !(section in first))
      .map((section) => `${file.slice(root.length)}: ${section}`),
  );
  expect(missing).toEqual([]);
});
