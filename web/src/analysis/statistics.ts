import { currentLanguage } from "../i18n";
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
  // 0.3 / 0.1 is less than 3: edges are the numbers that a reader sees, and the value itself says beside which it is
  const edges = Array.from({ length: n + 1 }, (_, i) => Number(((first + i) * width).toPrecision(12)));
  for (const value of values) {
    let bin = Math.min(n - 1, Math.max(0, Math.floor(value / width) - first));
    if (bin + 1 < n && value >= (edges[bin + 1] as number)) bin++;
    if (bin > 0 && value < (edges[bin] as number)) bin--;
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  return { edges, counts };
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
  /** Unique; two images may have one name. */
  key: string;
  /** As files have it: a time in seconds. */
  name: string;
  /** In the reader's language. */
  title: string;
  rows: Row[];
}

/** A group for a reader: classes have names of their own in each language, times are in hours or days. */
export function groupTitle(column: string, name: string): string {
  if (name === NO_GROUP) return name;
  return column === "time_s"
    ? formatElapsed(Number(name))
    : column === "class_name"
      ? classTitle(name)
      : name;
}

/** What has no well, no time … */
export const NO_GROUP = "–";
const known = (value: unknown) => value !== null && value !== undefined && value !== "";

/** What a row's group is known by and called, as the service groups: wells by their plate, images that share a name apart. */
function groupOf(row: Record<string, unknown>, column: string): { key: string; name: string } {
  const parts = column === "well" ? [row.plate, row.well] : [row[column]];
  const name = parts.filter(known).map(String).join(" ") || NO_GROUP;
  return { key: column === "image" ? String(row.image_id ?? name) : name, name };
}

/** Rows by the value of a column, in the order that people count in (B2 before B10, 24 h before 6 d); no column: one group. */
export function groupsOf<Row extends Record<string, unknown>>(
  rows: readonly Row[],
  column: string,
  all: string,
): Group<Row>[] {
  if (column === "") return [{ key: all, name: all, title: all, rows: [...rows] }];
  const found = new Map<string, Group<Row>>();
  for (const row of rows) {
    const { key, name } = groupOf(row, column);
    const group = found.get(key);
    if (group) group.rows.push(row);
    else found.set(key, { key, name, title: groupTitle(column, name), rows: [row] });
  }
  const order = new Intl.Collator(currentLanguage(), { numeric: true });
  const inTime = (group: Group<Row>) => (group.name === NO_GROUP ? Infinity : Number(group.name));
  return [...found.values()].sort((a, b) =>
    column === "time_s" ? inTime(a) - inTime(b) || 0 : order.compare(a.title, b.title),
  );
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
