const SIGNIFICANT = 4;
const MOST = 4;

/**
 * How many decimals a column is shown with, all of its numbers alike, so that they can be compared down the column:
 * the middle one has four significant digits. Null where decimals would hide the numbers or print a row of zeros.
 */
export function decimalsOf(values: readonly unknown[]): number | null {
  const sizes = values
    .filter((each): each is number => typeof each === "number" && Number.isFinite(each) && each !== 0)
    .map(Math.abs)
    .sort((a, b) => a - b);
  const middle = sizes[sizes.length >> 1];
  if (middle === undefined || values.every((each) => typeof each !== "number" || Number.isInteger(each)))
    return 0;
  if (middle < 10 ** -MOST || middle >= 1e9) return null;
  return Math.max(0, Math.min(MOST, SIGNIFICANT - 1 - Math.floor(Math.log10(middle))));
}
