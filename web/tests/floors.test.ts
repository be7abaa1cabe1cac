import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { cruise } from "dependency-cruiser";
import extractDepcruiseConfig from "dependency-cruiser/config-utl/extract-depcruise-config";
import { afterEach, expect, test } from "vitest";

const { forbidden } = await extractDepcruiseConfig(join(import.meta.dirname, "../.dependency-cruiser.js"));
const made: string[] = [];

/** The rules that a house of these files breaks. */
async function broken(files: Record<string, string>): Promise<string[]> {
  const root = mkdtempSync(join(tmpdir(), "floors-"));
  made.push(root);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  }
  const options = {
    baseDir: root,
    tsPreCompilationDeps: true,
    validate: true,
    ruleSet: { forbidden },
  };
  const { output } = await cruise(["src"], options);
  if (typeof output === "string") throw new Error(output);
  return output.summary.violations.map((each) => each.rule.name).sort();
}

afterEach(() => {
  for (const folder of made.splice(0)) rmSync(folder, { recursive: true });
});

const outline = "export interface Outline {}\n";

test("a room may use what lies below it", async () => {
  const house = {
    "src/geometry/outline.ts": outline,
    "src/viewer/map.ts":
      'import type { Outline } from "../geometry/outline";\nexport type Map = Outline[];\n',
    "src/main.ts": 'import("./viewer/map");\n',
  };
  expect(await broken(house)).toEqual([]);
});

test("a room that looks up, a circle and a folder without a floor are named", async () => {
  const house = {
    "src/viewer/map.ts": 'import type { Editor } from "../editor/editor";\nexport type Map = Editor;\n',
    "src/editor/editor.ts": 'import { draw } from "./draw";\nexport interface Editor { draw: typeof draw }\n',
    "src/editor/draw.ts":
      'import { help } from "../helpers/help";\nimport "./editor";\nexport const draw = help;\n',
    "src/helpers/help.ts": "export const help = 1;\n",
  };
  expect(new Set(await broken(house))).toEqual(new Set(["known-room", "no-circle", "viewer-looks-down"]));
});
