import { hasText, type TextKey, text } from "../i18n";
import definitions from "./definitions.json";
import { definitionTexts } from "./definitionTexts";

interface Definition {
  name: string;
  unit: string;
  summary: string;
  formula: string;
  source: string;
  convention: string;
  group: string;
}

const all = definitions as Record<string, Definition>;
const SYMBOLS: Record<string, string> = {
  _um: "µm",
  _um2: "µm²",
  _um3: "µm³",
  _mm: "mm",
  _mm2: "mm²",
  _mm3: "mm³",
  _px: "px",
  _px2: "px²",
  _px3: "px³",
  _deg: "°",
};
const intensities = Object.values(all)
  .filter((each) => each.group === "intensity")
  .map((each) => each.name)
  .sort((a, b) => b.length - a.length);

/** A table's column in its parts: measure, unit, channel. */
export function partsOf(column: string): { name: string; unit: string; channel: string } {
  const suffix = /_(?:um|mm|px)[23]?$|_deg$/.exec(column)?.[0] ?? "";
  const plain = suffix ? column.slice(0, -suffix.length) : column;
  if (plain in all) return { name: plain, unit: SYMBOLS[suffix] ?? "", channel: "" };
  const base = intensities.find((each) => column.startsWith(`${each}_`));
  return base
    ? { name: base, unit: "", channel: column.slice(base.length + 1) }
    : { name: column, unit: "", channel: "" };
}

export function definitionOf(column: string): Definition | undefined {
  return all[partsOf(column).name];
}

/** "Equivalent diameter (µm)", in the reader's language; what a lab measured itself keeps its name. */
export function columnTitle(column: string): string {
  const { name, unit, channel } = partsOf(column);
  const key = `measures.${name}`;
  const words = name.replaceAll("_", " ");
  const title = hasText(key) ? text(key as TextKey) : words.charAt(0).toUpperCase() + words.slice(1);
  return `${title}${channel ? ` (${channel})` : ""}${unit ? ` (${unit})` : ""}`;
}

/** What a column is, for a person who hovers over it. */
export function explanationOf(column: string): string {
  const definition = definitionOf(column);
  if (!definition) return "";
  const translated = definitionTexts.get();
  const say = (english: string) => translated[english] ?? english;
  return [
    say(definition.summary),
    say(definition.formula),
    say(definition.convention),
    definition.source && text("results.source", { source: say(definition.source) }),
  ]
    .filter(Boolean)
    .join("\n");
}
