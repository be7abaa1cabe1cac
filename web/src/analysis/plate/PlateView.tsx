import Box from "@mui/material/Box";
import Typography from "@mui/material/Typography";
import { type Analysis, type AnalysisView, type Exclusion, rowsOf } from "../../api/analysis";
import { useText } from "../../i18n/useText";
import { columnTitle } from "../columns";
import { useWellMeans } from "../queries";
import { isOf } from "./exclusions";
import { FilmStrip } from "./FilmStrip";
import { mapOf } from "./PlateChoices";
import { type MapWell, PlateMap } from "./PlateMap";
import { conditionTitle, inWords, responseTitle } from "./titles";

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
  const { plate, shown, own, time_h } = mapOf(analysis, search);
  const means = useWellMeans(
    projectId,
    own ? null : shown,
    plate,
    analysis.times_h.length > 1 ? time_h : null,
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
  );
}
