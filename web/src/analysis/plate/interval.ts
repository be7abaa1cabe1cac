import type { Row } from "../../api/analysis";
import { formatShort } from "../../i18n/numbers";

/** "0.49 [0.46 – 0.53]", "> 160", "NA". */
export function interval(row: Row | undefined, name: string): string {
  const [value, low, high] = [row?.[name], row?.[`${name}_low`], row?.[`${name}_high`]];
  const relation = row?.[`${name}_relation`];
  if (typeof value !== "number") return "NA";
  if (typeof relation === "string" && relation !== "" && relation !== "=")
    return `${relation} ${formatShort(value)}`;
  return `${formatShort(value)} [${typeof low === "number" ? formatShort(low) : "…"} – ${typeof high === "number" ? formatShort(high) : "…"}]`;
}
