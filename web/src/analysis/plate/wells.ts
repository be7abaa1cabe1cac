import type { LayoutWell } from "../../api/analysis";

export const FORMATS: Record<number, readonly [number, number]> = {
  6: [2, 3],
  12: [3, 4],
  24: [4, 6],
  48: [6, 8],
  96: [8, 12],
  384: [16, 24],
  1536: [32, 48],
};

/** "A" of 1, "AA" of 27. */
export const rowName = (row: number) =>
  row <= 26 ? String.fromCharCode(64 + row) : `A${String.fromCharCode(64 + row - 26)}`;

export const wellName = (row: number, column: number) => `${rowName(row)}${String(column).padStart(2, "0")}`;

/** Row and column from 1; null for what is no well. */
export function placeOf(well: string): Place | null {
  const found = /^([A-Z]{1,2})(\d{1,2})$/.exec(well.trim().toUpperCase());
  if (!found?.[1]) return null;
  let row = 0;
  for (const letter of found[1]) row = row * 26 + letter.charCodeAt(0) - 64;
  const column = Number(found[2]);
  return row <= 32 && column >= 1 && column <= 48 ? { row, column } : null;
}

export interface Place {
  row: number;
  column: number;
}

/** All wells of the rectangle with these two corners. */
export function block(from: Place, to: Place): string[] {
  const names: string[] = [];
  for (let row = Math.min(from.row, to.row); row <= Math.max(from.row, to.row); row++)
    for (let column = Math.min(from.column, to.column); column <= Math.max(from.column, to.column); column++)
      names.push(wellName(row, column));
  return names;
}

/** The smallest plate that has all the wells; 96 where there are none. */
export function plateOf(wells: readonly string[]): readonly [number, number] {
  const places = wells.map(placeOf).filter((place) => place !== null);
  if (places.length === 0) return [8, 12];
  const rows = Math.max(...places.map(({ row }) => row));
  const columns = Math.max(...places.map(({ column }) => column));
  return Object.values(FORMATS).find(([r, c]) => r >= rows && c >= columns) ?? [32, 48];
}

export const emptyWell = (well: string, plate = ""): LayoutWell => ({
  plate,
  well,
  compound: "",
  dose: "",
  dose_unit: "",
  compound_2: "",
  dose_2: "",
  dose_unit_2: "",
  cell_line: "",
  replicate: "",
  control: "",
  treatment_time_h: "",
  excluded: "",
});

/** The layout with some fields of some wells of a plate changed; wells that say nothing are left out. */
export function painted(
  layout: readonly LayoutWell[],
  plate: string,
  wells: readonly string[],
  change: (well: string, index: number) => Partial<LayoutWell>,
): LayoutWell[] {
  const keyOf = (of: string, well: string) => JSON.stringify([of, well]);
  const byPlace = new Map(layout.map((well) => [keyOf(well.plate ?? "", well.well), well]));
  wells.forEach((name, index) => {
    const key = keyOf(plate, name);
    byPlace.set(key, { ...(byPlace.get(key) ?? emptyWell(name, plate)), ...change(name, index) });
  });
  return [...byPlace.values()].filter((well) =>
    Object.entries(well).some(([key, value]) => key !== "well" && key !== "plate" && value),
  );
}

/** The plates that a layout can speak of, "" for all of them together; one where there is nothing to choose. */
export function platesOf(layout: readonly LayoutWell[], seen: readonly SeenWell[]): string[] {
  const inLayout = [...new Set(layout.map(({ plate }) => plate ?? ""))];
  const imaged = [...new Set(seen.map(({ plate }) => plate))];
  const names = [...new Set([...inLayout, ...(imaged.length > 1 ? imaged : [])])].filter(Boolean).sort();
  return names.length > 1 || (names.length === 1 && inLayout.includes(""))
    ? ["", ...names]
    : [names[0] ?? ""];
}

export interface SeenWell {
  plate: string;
  well: string;
}

/** Doses of a dilution series, as a person would write them: 100, 33.3, 11.1… */
export function series(first: number, factor: number, count: number): string[] {
  return Array.from({ length: count }, (_, i) => String(Number((first / factor ** i).toPrecision(4))));
}
