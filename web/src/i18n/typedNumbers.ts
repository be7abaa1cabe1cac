import { currentLanguage } from "./index";

/** The sign between the whole and its parts, and the one between thousands, as the reader's language writes them. */
function signs(): { decimal: string; group: string } {
  const parts = new Intl.NumberFormat(currentLanguage(), { useGrouping: true }).formatToParts(1234567.5);
  const sign = (type: string) => parts.find((each) => each.type === type)?.value ?? "";
  return { decimal: sign("decimal"), group: sign("group") };
}

/** A number as it is stored ("0.65"), as the reader's language writes it: "0,65". All of its digits stay. */
export function inOwnSigns(stored: string): string {
  return stored.replace(".", signs().decimal);
}

/** What somebody typed: the number, or why it is none. "ambiguous": "1,000" may be one or a thousand where "," parts thousands. */
export function readNumber(typed: string): number | "none" | "ambiguous" {
  const bare = typed.replaceAll(/\s/g, "");
  if (!/^[-+]?(\d+[.,]?\d*|[.,]\d+)(e[-+]?\d+)?$/i.test(bare)) return "none";
  const { group } = signs();
  if (bare.includes(group) && /^[-+]?[1-9]\d{0,2}[.,]\d{3}$/.test(bare)) return "ambiguous";
  return Number(bare.replace(",", "."));
}

/** Both ways to read what is ambiguous, each as it can be written without a doubt. */
export function readings(typed: string): { whole: string; parts: string } {
  const bare = typed.replaceAll(/\s/g, "");
  return { whole: bare.replace(/[.,]/, ""), parts: bare.replace(/[.,]/, signs().decimal) };
}
