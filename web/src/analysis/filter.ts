import { inOwnSigns } from "../i18n/typedNumbers";
import { columnTitle } from "./columns";
import type { ObjectRow } from "./table";

/** The grid's filter as it stands in the address: conditions that all hold, and words that are looked for. */
export interface Filter {
  items: readonly { field: string; operator: string; value?: unknown }[];
  words: readonly string[];
}

/** So long the grid waits for the next letter before it filters. */
export const FILTER_AFTER_MS = 150;

const NOTHING: Filter = { items: [], words: [] };

export function filterOf(address: URLSearchParams): Filter {
  try {
    const stored = JSON.parse(address.get("filter") ?? "null") as Partial<Filter> | null;
    return stored && Array.isArray(stored.items) && Array.isArray(stored.words)
      ? (stored as Filter)
      : NOTHING;
  } catch {
    return NOTHING; // an address that somebody typed
  }
}

/** What stands in the address; nothing for a filter that lets everything through. */
export function textOf(filter: Filter): string {
  const items = filter.items
    .filter(isComplete)
    .map(({ field, operator, value }) => ({ field, operator, value }));
  return items.length + filter.words.length > 0 ? JSON.stringify({ items, words: filter.words }) : "";
}

export function isFilled(filter: Filter): boolean {
  return filter.items.some(isComplete) || filter.words.length > 0;
}

type Item = Filter["items"][number];

/** The grid passes over conditions that are not filled in yet. */
function isComplete({ operator, value }: Item): boolean {
  return (
    /^is(Not)?Empty$/.test(operator) ||
    (Array.isArray(value) ? value.length > 0 : value !== undefined && value !== null && value !== "")
  );
}

const folded = (value: unknown) => String(value ?? "").toLowerCase();

const HOLDS: Record<string, (cell: unknown, value: unknown) => boolean> = {
  "=": (cell, value) => cell !== null && Number(cell) === Number(value),
  "!=": (cell, value) => Number(cell) !== Number(value),
  ">": (cell, value) => cell !== null && Number(cell) > Number(value),
  ">=": (cell, value) => cell !== null && Number(cell) >= Number(value),
  "<": (cell, value) => cell !== null && Number(cell) < Number(value),
  "<=": (cell, value) => cell !== null && Number(cell) <= Number(value),
  contains: (cell, value) => folded(cell).includes(folded(value)),
  doesNotContain: (cell, value) => !folded(cell).includes(folded(value)),
  equals: (cell, value) => folded(cell) === folded(value),
  doesNotEqual: (cell, value) => folded(cell) !== folded(value),
  startsWith: (cell, value) => folded(cell).startsWith(folded(value)),
  endsWith: (cell, value) => folded(cell).endsWith(folded(value)),
  isEmpty: (cell) => folded(cell) === "",
  isNotEmpty: (cell) => folded(cell) !== "",
  isAnyOf: (cell, value) =>
    (value as unknown[]).some((each) =>
      typeof cell === "number" ? cell === Number(each) : folded(cell) === folded(each),
    ),
};

/** Whether a row passes, judged as the grid judges. */
export function passes(row: ObjectRow, filter: Filter): boolean {
  return (
    filter.items
      .filter(isComplete)
      .every(({ field, operator, value }) => HOLDS[operator]?.(row[field] ?? null, value) ?? true) &&
    filter.words.every((word) => Object.values(row).some((cell) => folded(cell).includes(folded(word))))
  );
}

const SIGNS: Record<string, string> = {
  "=": "= {}",
  "!=": "≠ {}",
  ">": "> {}",
  ">=": "≥ {}",
  "<": "< {}",
  "<=": "≤ {}",
  contains: "= …{}…",
  doesNotContain: "≠ …{}…",
  equals: "= {}",
  doesNotEqual: "≠ {}",
  startsWith: "= {}…",
  endsWith: "= …{}",
  isEmpty: "= –",
  isNotEmpty: "≠ –",
  isAnyOf: "= {}",
};

/** A filter for a reader, in signs that every language reads: "Area (µm²) ≥ 500 · Well = B03". */
export function filterText(filter: Filter): string {
  const items = filter.items.filter(isComplete).map(({ field, operator, value }) => {
    const isNumber = /^(!?=|[<>]=?)$/.test(operator);
    const written = isNumber ? inOwnSigns(String(value ?? "")) : String(value ?? "");
    const valueText = Array.isArray(value) ? value.join(", ") : written;
    return `${columnTitle(field)} ${(SIGNS[operator] ?? "{}").replace("{}", valueText)}`;
  });
  return [...items, ...filter.words.map((word) => `“${word}”`)].join(" · ");
}
