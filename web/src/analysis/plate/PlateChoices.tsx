import { type Analysis, rowsOf } from "../../api/analysis";
import { formatShort } from "../../i18n/numbers";
import { useText } from "../../i18n/useText";
import { columnTitle } from "../columns";
import { useMeasureNames } from "../queries";
import { Choice } from "./Choice";

/** What the plate shows of its own; any measure of the objects besides. */
const OWN = ["response", "relative_to_control", "n_objects", "review"] as const;

/** What the map of the plate shows, as the address has it. */
export function mapOf(analysis: Analysis, search: URLSearchParams) {
  const plates = [...new Set(rowsOf(analysis, "plate").map((row) => String(row.plate ?? "")))];
  const shown = search.get("shown") ?? "response";
  return {
    plates,
    plate: plates.find((each) => each === search.get("plate")) ?? plates[0] ?? "",
    shown,
    own: OWN.find((each) => each === shown),
    time_h: Number(search.get("maptime") ?? analysis.times_h.at(-1) ?? 0),
  };
}

interface Props {
  projectId: string;
  analysis: Analysis;
  search: URLSearchParams;
  onSearch: (name: string, value: string) => void;
}

/** Which plate, which measure, which time. */
export function PlateChoices({ projectId, analysis, search, onSearch }: Props) {
  const t = useText();
  const { plates, plate, shown, own, time_h } = mapOf(analysis, search);
  const measures = useMeasureNames(projectId);
  return (
    <>
      {plates.length > 1 && (
        <Choice
          label={t("plate.plate")}
          value={plate}
          options={plates.map((each) => [each, each || "–"])}
          onChange={(next) => onSearch("plate", next)}
        />
      )}
      <Choice
        label={t("plate.measure")}
        value={shown}
        options={[
          ...OWN.map((each) => [each, t(`plate.of.${each}`)] as const),
          ...(measures.data ?? []).map((each) => [each, columnTitle(each)] as const),
        ]}
        onChange={(next) => onSearch("shown", next)}
      />
      {!own && analysis.times_h.length > 1 && (
        <Choice
          label={t("plate.mapTime")}
          value={`${time_h}`}
          options={analysis.times_h.map((each) => [`${each}`, `${formatShort(each)} h`])}
          onChange={(next) => onSearch("maptime", next)}
        />
      )}
    </>
  );
}
