import { useMemo } from "react";
import { inNotation } from "../i18n/numbers";
import { type LayoutWell, useLayout } from "./analysis";

type Place = { plate: string; well: string };

/** "cisplatin 3 µM, HT-29" of a well; "" where the layout says nothing. */
function textOf(well: LayoutWell): string {
  const given = [
    [well.compound, inNotation(well.dose ?? ""), well.dose_unit],
    [well.compound_2, inNotation(well.dose_2 ?? ""), well.dose_unit_2],
  ]
    .filter(([compound]) => compound)
    .map((parts) => parts.filter(Boolean).join(" "))
    .join(" + ");
  return [given, well.cell_line].filter(Boolean).join(", ");
}

/** "A1" and "a01" are one well. */
const spelled = (well: string) =>
  well
    .trim()
    .toUpperCase()
    .replace(/^([A-Z]+)0*(?=\d)/, "$1");

/** What the project's layout says of the well that an image is of; a layout without a plate's name describes every plate. */
export function useConditionOf(projectId: string): (image: Place) => string {
  const wells = useLayout(projectId).data?.wells;
  return useMemo(() => {
    const texts = new Map(
      (wells ?? []).map((each) => [`${each.plate ?? ""}/${spelled(each.well)}`, textOf(each)]),
    );
    const plates = new Set((wells ?? []).map((each) => each.plate ?? ""));
    return ({ plate, well }) => {
      if (!well) return "";
      const named = plates.size === 1 && plates.has("") ? "" : plate;
      return texts.get(`${named}/${spelled(well)}`) ?? "";
    };
  }, [wells]);
}
