export interface ObjectRow {
  /** Unique in the project. */
  id: string;
  [column: string]: unknown;
}

export interface ProjectTable {
  columns: string[];
  rows: ObjectRow[];
  /** False: the project has more objects than a browser should hold; an export has all. */
  isComplete: boolean;
}

const MOST = 200;
const STRIDES = 1000;

/** Numbers of a column from all over the table, at most 200; none: it holds words. A column may be empty in many rows before them. */
export function sampleOfNumbers(rows: readonly ObjectRow[], column: string): number[] {
  const stride = Math.max(1, Math.floor(rows.length / STRIDES));
  const found: number[] = [];
  for (const step of stride === 1 ? [1] : [stride, 1]) {
    found.length = 0;
    for (let i = 0; i < rows.length && found.length < MOST; i += step) {
      const value = rows[i]?.[column];
      if (typeof value === "number") found.push(value);
    }
    if (found.length >= MOST / 4) break;
  }
  return found;
}
