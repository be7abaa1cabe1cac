import type { Analysis, AnalysisView } from "../../api/analysis";
import { hasText, type TextKey, text } from "../../i18n";
import { formatShort, inNotation } from "../../i18n/numbers";

/** Reasons, remarks and models that the analysis names by codes ("steep;open_top"), in the reader's language. */
export function inWords(codes: string): string {
  return codes
    .split(";")
    .filter(Boolean)
    .map((code) => {
      const key = `plate.codes.${code.trim().replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase())}`;
      return hasText(key) ? text(key as TextKey) : code.replaceAll("_", " ");
    })
    .join(", ");
}

/** The doses of "cisplatin 0.64 µM + B 3 nM, HT-29": numbers before a unit that ends what was given. */
const DOSE = /(?<= )\d*\.?\d+(?:e[+-]\d+)?(?= [^\s,]+(?: \+ |, |$))/g;

/** What is in a well: "untreated, HT-29"; names of compounds and lines are the lab's own, doses are numbers like all others. */
export function conditionTitle(condition: string): string {
  return condition
    .replace(/^(untreated|no compound|killing control|blank)(?=,|$)/, (each) =>
      inWords(each.replace(" ", "_")),
    )
    .replace(DOSE, inNotation);
}

/** "Volume at 72 h": what the numbers of wells are. */
export function responseTitle(analysis: Analysis, view: AnalysisView): string {
  const response = text(`plate.of.${view.response}`);
  return analysis.time_h === null || view.response === "growth-rate"
    ? response
    : text("plate.responseAt", { response, hour: formatShort(analysis.time_h) });
}
