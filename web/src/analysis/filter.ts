import { flagName } from "../i18n/flags";
import { classTitle } from "../i18n/givenNames";
import { inOwnSigns, readNumber } from "../i18n/typedNumbers";
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

export type Item = Filter["items"][number];

/** The grid passes over conditions that are not filled in yet. */
export function isComplete({ operator, value }: Item): boolean {
  if (/^is(Not)?Empty$/.test(operator)) return true;
  // a list is what "is any of" takes; chosen before, it says nothing to another condition
  if (Array.isArray(value)) return operator === "isAnyOf" && value.length > 0;
  return value !== undefined && value !== null && value !== "" && !Number.isNaN(value); // so the grid reads nothing
}

/** Words that the service says by their codes, as the reader reads them. */
export const WORDS: Record<string, (value: unknown) => string> = {
  flags: (value) =>
    String(value ?? "")
      .split(";")
      .filter(Boolean)
      .map(flagName)
      .join(", "),
  class_name: (value) => classTitle(String(value ?? "")),
};

/** Columns in which a word is looked for; others hold measures, or what nobody types. */
const SEARCHED = [
  "image",
  "series_name",
  "plate",
  "well",
  "channel",
  "compound",
  "cell_line",
  ...Object.keys(WORDS),
];

const folded = (value: unknown) =>
  String(value ?? "")
    .trim()
    .toLowerCase();
const isNumber = (cell: unknown): cell is number => typeof cell === "number";

/** Equal as far as it was typed: the table shows 103.935 as 103.9, and who types that means it. A whole number is exact. */
function isAsTyped(cell: number, value: number): boolean {
  const decimals = /\.(\d{1,12})$/.exec(String(value))?.[1]?.length ?? 0;
  return cell === value || (decimals > 0 && cell.toFixed(decimals) === value.toFixed(decimals));
}

const OF_NUMBERS: Record<string, (cell: number, value: number) => boolean> = {
  "=": isAsTyped,
  ">": (cell, value) => cell > value,
  ">=": (cell, value) => cell >= value,
  "<": (cell, value) => cell < value,
  "<=": (cell, value) => cell <= value,
};

const OF_WORDS: Record<string, (cell: unknown, value: unknown) => boolean> = {
  contains: (cell, value) => folded(cell).includes(folded(value)),
  equals: (cell, value) => folded(cell) === folded(value),
  startsWith: (cell, value) => folded(cell).startsWith(folded(value)),
  endsWith: (cell, value) => folded(cell).endsWith(folded(value)),
  isEmpty: (cell) => folded(cell) === "",
  // while another condition is chosen, the value is still that of the one before
  isAnyOf: (cell, value) =>
    [value]
      .flat()
      .some((each) => (isNumber(cell) ? isAsTyped(cell, Number(each)) : folded(cell) === folded(each))),
};

/** Conditions that hold where another one does not. */
const OPPOSITES: Record<string, string> = {
  "!=": "=",
  doesNotContain: "contains",
  doesNotEqual: "equals",
  isNotEmpty: "isEmpty",
};

/** Whether a cell meets a condition: the grid and the report ask the same. Words count by their code and as they are read. */
export function meets(cell: unknown, { field, operator, value }: Item): boolean {
  const opposite = OPPOSITES[operator];
  if (opposite) return !meets(cell, { field, operator: opposite, value });
  const ofNumbers = OF_NUMBERS[operator];
  if (ofNumbers) return isNumber(cell) && ofNumbers(cell, Number(value));
  const holds = OF_WORDS[operator];
  const inWords = WORDS[field];
  return !holds || holds(cell, value) || (inWords !== undefined && holds(inWords(cell), value));
}

/** Whether a word is in a cell that words are looked for in; a number is found by its value. */
export function hasWord(field: string, cell: unknown, word: string): boolean {
  if (isNumber(cell)) return field === "number" && cell === readNumber(word);
  return SEARCHED.includes(field) && meets(cell, { field, operator: "contains", value: word });
}

/** Whether a row passes, judged as the grid judges. */
export function passes(row: ObjectRow, filter: Filter): boolean {
  return (
    filter.items.filter(isComplete).every((item) => meets(row[item.field] ?? null, item)) &&
    filter.words.every((word) => Object.entries(row).some(([field, cell]) => hasWord(field, cell, word)))
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
    const written = (each: unknown) =>
      Number.isFinite(Number(each)) ? inOwnSigns(String(each ?? "")) : String(each ?? "");
    const valueText = Array.isArray(value) ? value.map(written).join("; ") : written(value);
    return `${columnTitle(field)} ${(SIGNS[operator] ?? "{}").replace("{}", valueText)}`;
  });
  return [...items, ...filter.words.map((word) => `“${word}”`)].join(" · ");
}
