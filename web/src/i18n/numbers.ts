import { currentLanguage } from "./index";

/** A number with so many significant digits, in the reader's notation. */
export function formatNumber(value: number | null | undefined, digits = 4): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  if (Math.abs(value) >= 1e6 || isTiny(value)) return scientific(value, digits);
  const options = Number.isInteger(value)
    ? {}
    : { maximumSignificantDigits: Math.max(digits, Math.trunc(Math.log10(Math.abs(value) + 1)) + 2) };
  return new Intl.NumberFormat(currentLanguage(), options).format(value);
}

/** A number as it was written down ("0.64"), in the reader's notation; what is no number stays as it is. */
export function inNotation(written: string): string {
  const value = Number(written);
  return written.trim() === "" || !Number.isFinite(value) ? written : formatNumber(value, 6);
}

/** A whole number, all of whose digits count: "1 204" pixels. */
export function inWhole(value: number): string {
  return new Intl.NumberFormat(currentLanguage()).format(value);
}

/** A number where there is little room, as on an axis: what is no count is rounded to three digits. */
export function formatShort(value: number): string {
  if (Math.abs(value) >= 1e5 || isTiny(value)) return scientific(value, 2);
  const options = Number.isInteger(value) ? {} : { maximumSignificantDigits: 3 };
  return new Intl.NumberFormat(currentLanguage(), options).format(value);
}

const isTiny = (value: number) => value !== 0 && Math.abs(value) < 1e-3;

/** "1.9 × 10⁷" */
function scientific(value: number, digits: number): string {
  const power = Number(value.toExponential(digits - 1).split("e")[1]);
  const factor = new Intl.NumberFormat(currentLanguage(), { maximumSignificantDigits: digits }).format(
    value / 10 ** power,
  );
  const raised = [...String(power)].map((each) => (each === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[Number(each)])).join("");
  return `${factor}\u00a0×\u00a010${raised}`;
}

/** A number with so many decimals, so that a column of them can be compared. */
export function formatFixed(value: number | null | undefined, decimals: number): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  return new Intl.NumberFormat(currentLanguage(), {
    minimumFractionDigits: decimals,
    maximumFractionDigits: decimals,
  }).format(value);
}

/** A point in time since the beginning of a series: in hours up to five days, as in a lab's protocol, else in days. */
export function formatElapsed(seconds: number): string {
  const [value, unit] = seconds <= 432_000 ? [seconds / 3600, "h"] : [seconds / 86_400, "d"];
  return `${formatNumber(value, 3)} ${unit}`;
}

/** A stretch of time in the two largest units that say something: "2 min 5 s". */
export function formatDuration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const parts: [number, string][] = [
    [Math.floor(whole / 86_400), "d"],
    [Math.floor((whole % 86_400) / 3600), "h"],
    [Math.floor((whole % 3600) / 60), "min"],
    [whole % 60, "s"],
  ];
  const shown = parts.filter(([value], i) => value > 0 || (i === 3 && whole === 0)).slice(0, 2);
  return shown.map(([value, unit]) => `${value}\u00a0${unit}`).join(" ");
}
