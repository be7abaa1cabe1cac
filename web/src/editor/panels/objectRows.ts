import { type Exclusion, reasonsOf } from "../../api/exclusion";
import type { ObjectOut } from "../../api/results";
import { type Measuring, measure } from "../../geometry/measures";
import type { Outline } from "../../geometry/outline";
import type { EditorDocument } from "../document";
import type { Facts } from "../session/facts";

/** One object as a line of the table. */
export interface Row {
  number: number;
  className: string;
  area: number | null;
  diameter: number | null;
  circularity: number | null;
  confidence: number | null;
  flags: readonly string[];
  /** Why the project leaves it out; nothing when it does not. */
  excluded: readonly string[];
  /** Measured here, not by the service: the object was just changed, or is one of very many. */
  isProvisional: boolean;
}

export const COLUMNS = ["number", "className", "area", "diameter", "circularity", "confidence"] as const;
export type Column = (typeof COLUMNS)[number];

/** Measures as the service has saved them, by number. */
export type Saved = ReadonlyMap<number, ObjectOut["measures"]>;

const cache = new WeakMap<Outline, { measuring: Measuring; found: ReturnType<typeof measure> }>();

/** Measured once for each outline, as long as it is measured the same way. */
function measured(outline: Outline, measuring: Measuring) {
  const before = cache.get(outline);
  if (before?.measuring === measuring) return before.found;
  const found = measure(outline, measuring);
  cache.set(outline, { measuring, found });
  return found;
}

interface Known {
  document: EditorDocument;
  facts: ReadonlyMap<number, Facts>;
  saved: Saved;
  /** Changed here, and not saved yet. */
  waiting: ReadonlySet<number>;
}

export function rowsOf(
  { document, facts, saved, waiting }: Known,
  measuring: Measuring,
  rules: Exclusion | null = null,
): Row[] {
  const judged = (row: Omit<Row, "excluded">): Row => {
    const diameterUm = measuring.pixelSizeUm ? row.diameter : null;
    return { ...row, excluded: reasonsOf(rules, { ...row, diameterUm }) };
  };
  const unit = measuring.pixelSizeUm ? "um" : "px";
  return [...document.values()].map(({ number, className, outline }) => {
    const { confidence = null, flags = [] } = facts.get(number) ?? {};
    const about = { number, className, confidence, flags };
    const known = waiting.has(number) ? undefined : saved.get(number);
    const value = (name: string) => (typeof known?.[name] === "number" ? (known[name] as number) : null);
    const area = value(`area_${unit}2`);
    if (area !== null) {
      const [diameter, circularity] = [value(`equivalent_diameter_${unit}`), value("circularity")];
      return judged({ ...about, area, diameter, circularity, isProvisional: false });
    }
    const now = measured(outline, measuring);
    return judged({
      ...about,
      area: now.area,
      diameter: now.equivalentDiameter,
      circularity: now.circularity,
      isProvisional: true,
    });
  });
}

export function sorted(rows: readonly Row[], column: Column, isDown: boolean): Row[] {
  const direction = isDown ? -1 : 1;
  return [...rows].sort((a, b) => {
    const [x, y] = [a[column], b[column]];
    if (x === null || y === null) return Number(x === null) - Number(y === null); // not known: last, whichever way
    if (typeof x === "string" || typeof y === "string") return String(x).localeCompare(String(y)) * direction;
    return (x - y) * direction;
  });
}
