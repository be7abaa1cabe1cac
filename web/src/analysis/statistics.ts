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

export interface Summary {
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
