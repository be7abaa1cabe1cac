import Box from "@mui/material/Box";
import Stack from "@mui/material/Stack";
import Typography from "@mui/material/Typography";
import { type Analysis, type AnalysisView, type Exclusion, rowsOf } from "../../api/analysis";
import { formatShort } from "../../i18n/numbers";
import { useText } from "../../i18n/useText";
import { columnTitle } from "../columns";
import { useMeasureNames, useWellMeans } from "../queries";
import { Choice } from "./Choice";
import { isOf } from "./exclusions";
import { FilmStrip } from "./FilmStrip";
import { type MapWell, PlateMap } from "./PlateMap";
import { conditionTitle, inWords, responseTitle } from "./said";

const OWN = ["response", "relative_to_control", "n_objects", "review"] as const;

interface Props {
  projectId: string;
  analysis: Analysis;
  view: AnalysisView;
  exclusions: readonly Exclusion[];
  search: URLSearchParams;
  onSearch: (name: string, value: string) => void;
  onToggle: ((plate: string, well: string, reason?: string) => void) | undefined;
  onSave: (table: string) => void;
}

/** The plate as a map of any measure at any time; the chosen well beside it, picture by picture. */
export function PlateView({
  projectId,
  analysis,
  view,
  exclusions,
  search,
  onSearch,
  onToggle,
  onSave,
}: Props) {
  const t = useText();
  const rows = rowsOf(analysis, "plate");
  const plates = [...new Set(rows.map((row) => String(row.plate ?? "")))];
  const plate = plates.find((each) => each === search.get("plate")) ?? plates[0] ?? "";
  const measures = useMeasureNames(projectId);
  const shown = search.get("shown") ?? "response";
  const own = OWN.find((each) => each === shown);
  const mapTime = Number(search.get("maptime") ?? analysis.times_h.at(-1) ?? 0);
  const means = useWellMeans(
    projectId,
    own ? null : shown,
    plate,
    analysis.times_h.length > 1 ? mapTime : null,
  );
  const wells = rows
    .filter((row) => String(row.plate ?? "") === plate)
    .map((row): MapWell => {
      const well = String(row.well);
      const [seen, count] = [Number(row.n_reviewed ?? 0), Number(row.n_images ?? 0)];
      const status = String(row.status ?? "used");
      const number = own && own !== "review" ? row[own] : means.data?.get(well);
      const share = count > 0 ? seen / count : null;
      return {
        well,
        condition: conditionTitle(String(row.condition ?? "")),
        value: own === "review" ? share : typeof number === "number" ? number : null,
        ...(own === "review" ? { words: t("plate.nReviewed", { seen, count }) } : {}),
        leftOut: exclusions.some((each) => isOf(each, plate, well))
          ? t("plate.isLeftOut")
          : ["used", "no_condition", ""].includes(status)
            ? ""
            : inWords(status === "no_response" ? "no_value" : status),
        isReviewed: count > 0 && seen === count,
      };
    });
  const chosen = search.get("well");
  const title =
    own === "response" ? responseTitle(analysis, view) : own ? t(`plate.of.${own}`) : columnTitle(shown);
  return (
    <Stack spacing={2}>
      <Stack direction="row" useFlexGap sx={{ gap: 1.5, flexWrap: "wrap" }}>
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
            value={`${mapTime}`}
            options={analysis.times_h.map((each) => [`${each}`, `${formatShort(each)} h`])}
            onChange={(next) => onSearch("maptime", next)}
          />
        )}
      </Stack>
      <Box
        sx={{
          display: "grid",
          gap: 3,
          gridTemplateColumns: { xs: "minmax(0, 1fr)", md: "minmax(0, 640px) minmax(260px, 1fr)" },
        }}
      >
        <PlateMap
          title={title}
          wells={wells}
          unit={own === "response" ? analysis.response_unit : ""}
          chosen={chosen}
          onChoose={(next) => onSearch("well", next)}
          onData={() => onSave("plate")}
        />
        {chosen ? (
          <FilmStrip
            key={`${plate}/${chosen}`}
            projectId={projectId}
            analysis={analysis}
            view={view}
            plate={plate}
            well={chosen}
            isLeftOut={exclusions.some((each) => isOf(each, plate, chosen))}
            onToggle={onToggle}
          />
        ) : (
          <Typography color="textSecondary">{t("plate.chooseWell")}</Typography>
        )}
      </Box>
    </Stack>
  );
}
