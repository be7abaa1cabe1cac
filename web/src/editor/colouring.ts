import { type Exclusion, reasonsOf } from "../api/exclusion";
import { type Measuring, measure } from "../geometry/measures";
import { type ColourBy, colourOf } from "../viewer/colours";
import type { DrawnOutline } from "../viewer/layers/outlines";
import { hatched } from "../viewer/layers/paint";
import type { EditorDocument, EditorObject } from "./document";
import type { Facts } from "./session/facts";

// dark to light (after viridis): told apart without seeing red or green, and in grey
const SCALE = ["#7b5cff", "#4f8bff", "#1fb3c9", "#35d07f", "#b5de2b", "#fde725"];
const UNKNOWN: Facts = { confidence: null, flags: [], isDrawn: true };

/** The document as coloured outlines. A measure's colours go from its smallest to its largest twentieth. */
export function coloured(
  document: EditorDocument,
  facts: ReadonlyMap<number, Facts>,
  by: ColourBy,
  measuring: Measuring,
  rules: Exclusion | null = null,
): DrawnOutline[] {
  const colour = colourer(document, facts, by, measuring);
  return [...document.values()].map((each) => ({
    key: each.number,
    outline: each.outline,
    colour: isLeftOut(each, facts, measuring, rules) ? hatched(colour(each)) : colour(each),
  }));
}

function isLeftOut(
  { number, outline }: EditorObject,
  facts: ReadonlyMap<number, Facts>,
  measuring: Measuring,
  rules: Exclusion | null,
): boolean {
  if (!rules) return false;
  const { circularity, equivalentDiameter } = measure(outline, measuring);
  const diameterUm = measuring.pixelSizeUm ? equivalentDiameter : null;
  return reasonsOf(rules, { circularity, diameterUm, ...(facts.get(number) ?? UNKNOWN) }).length > 0;
}

function colourer(
  document: EditorDocument,
  facts: ReadonlyMap<number, Facts>,
  by: ColourBy,
  measuring: Measuring,
): (object: EditorObject) => string {
  if (by !== "area" && by !== "circularity") {
    return (object) => colourOf({ ...object, ...(facts.get(object.number) ?? UNKNOWN) }, by);
  }
  const value = (object: EditorObject) => measure(object.outline, measuring)[by];
  const sorted = [...document.values()].map(value).sort((a, b) => a - b);
  const low = sorted[Math.floor(sorted.length * 0.05)] ?? 0;
  const span = (sorted[Math.floor(sorted.length * 0.95)] ?? 1) - low || 1;
  return (object) => {
    const share = Math.max(0, Math.min(0.999, (value(object) - low) / span));
    return SCALE[Math.floor(share * SCALE.length)] as string;
  };
}
