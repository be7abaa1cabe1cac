import { currentLanguage } from "../i18n";

export function formatPercent(value: number | null | undefined): string {
  if (value === null || value === undefined) return "–";
  const number = new Intl.NumberFormat(currentLanguage(), { maximumFractionDigits: 0 }).format(100 * value);
  return `${number}\u00a0%`; // a number and its unit are two words (ISO 80000-1), in every language
}

export function formatDate(value: string | Date | null | undefined): string {
  if (!value) return "–";
  return new Intl.DateTimeFormat(region(), { dateStyle: "medium", timeStyle: "short" }).format(
    new Date(value),
  );
}

/** The page's language as the browser's own region writes it: `en` may be `en-GB`. */
function region(): string {
  const language = currentLanguage();
  return navigator.languages.find((each) => each.split("-")[0] === language) ?? language;
}

const UNITS = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"] as const;

export function formatBytes(bytes: number): string {
  const step = bytes < 1 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log10(bytes) / 3));
  return new Intl.NumberFormat(currentLanguage(), {
    style: "unit",
    unit: UNITS[step],
    unitDisplay: "short",
    maximumFractionDigits: step === 0 ? 0 : 1,
  }).format(bytes / 1000 ** step);
}
