import { classTitle } from "../i18n/givenNames";
import { formatElapsed } from "../i18n/numbers";

/** More points than this hide each other in a drawing; then every n-th is shown. */
export const MOST_POINTS = 5000;

/** Bins of equal, round width over finite values. */
export interface Histogram {
  /** Lower edge of each bin, and the upper edge of the last. */
  edges: number[];
  counts: number[];
}

export function finite(values: readonly unknown[]): number[] {
  return values.filter((each): each is number => typeof each === "number" && Number.isFinite(each));
}

export function histogram(values: readonly number[], wanted = 24): Histogram {
  if (values.length === 0) return { edges: [], counts: [] };
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  const raw = (high - low) / wanted || Math.abs(low) || 1;
  const power = 10 ** Math.floor(Math.log10(raw));
  const width = ([1, 2, 5, 10].find((step) => step * power >= raw * (1 - 1e-9)) ?? 10) * power;
  const first = Math.floor(low / width);
  const n = Math.floor(high / width) - first + 1;
  const counts = new Array<number>(n).fill(0);
  for (const value of values) {
    const bin = Math.min(n - 1, Math.floor(value / width) - first);
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  return { edges: Array.from({ length: n + 1 }, (_, i) => (first + i) * width), counts };
}

interface Summary {
  n: number;
  mean: number;
  sd: number;
  median: number;
  q1: number;
  q3: number;
}

/** Quantile by linear interpolation between the sorted values. */
export function quantile(sorted: readonly number[], share: number): number {
  const place = (sorted.length - 1) * share;
  const below = sorted[Math.floor(place)] as number;
  const above = sorted[Math.ceil(place)] as number;
  return below + (above - below) * (place - Math.floor(place));
}

export function summarise(values: readonly number[]): Summary | null {
  const n = values.length;
  if (n === 0) return null;
  const sorted = [...values].sort((a, b) => a - b);
  const mean = sorted.reduce((sum, each) => sum + each, 0) / n;
  const squares = sorted.reduce((sum, each) => sum + (each - mean) ** 2, 0);
  return {
    n,
    mean,
    sd: n > 1 ? Math.sqrt(squares / (n - 1)) : Number.NaN,
    median: quantile(sorted, 0.5),
    q1: quantile(sorted, 0.25),
    q3: quantile(sorted, 0.75),
  };
}

export interface Box extends Summary {
  min: number;
  max: number;
  /** Ends of the whiskers: the outermost values within 1.5 times the quartiles' distance (Tukey 1977). */
  low: number;
  high: number;
}

export function boxOf(values: readonly number[]): Box | null {
  const summary = summarise(values);
  if (!summary) return null;
  const reach = 1.5 * (summary.q3 - summary.q1);
  let [min, max, low, high] = [Infinity, -Infinity, Infinity, -Infinity];
  for (const value of values) {
    if (value < min) min = value;
    if (value > max) max = value;
    if (value >= summary.q1 - reach && value < low) low = value;
    if (value <= summary.q3 + reach && value > high) high = value;
  }
  return { ...summary, min, max, low, high };
}

export interface Group<Row> {
  /** As files have it. */
  name: string;
  /** In the reader's language. */
  title: string;
  rows: Row[];
}

/** A group for a reader: classes have names of their own in each language. */
export const groupTitle = (column: string, name: string) =>
  column === "class_name" ? classTitle(name) : name;

/** Rows by the value of a column, in the order that people count in (B2 before B10); no column: one group. */
export function groupsOf<Row extends Record<string, unknown>>(
  rows: readonly Row[],
  column: string,
  all: string,
): Group<Row>[] {
  if (column === "") return [{ name: all, title: all, rows: [...rows] }];
  const found = new Map<string, Row[]>();
  for (const row of rows) {
    const value = row[column];
    const name =
      value === null || value === undefined || value === ""
        ? "–"
        : column === "time_s"
          ? formatElapsed(Number(value))
          : String(value);
    const group = found.get(name);
    if (group) group.push(row);
    else found.set(name, [row]);
  }
  return [...found]
    .map(([name, members]) => ({ name, title: groupTitle(column, name), rows: members }))
    .sort((a, b) => a.title.localeCompare(b.title, undefined, { numeric: true }));
}

/** Round values for an axis that cover a range, about as many as wanted. */
export function ticks(low: number, high: number, wanted = 5): number[] {
  const raw = (high - low) / wanted || Math.abs(low) || 1;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = ([1, 2, 5, 10].find((each) => each * power >= raw) ?? 10) * power;
  const first = Math.floor(low / step);
  const last = Math.ceil(high / step);
  return Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)));
}
