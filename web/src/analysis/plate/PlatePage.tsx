import Alert from "@mui/material/Alert";
import Button from "@mui/material/Button";
import Stack from "@mui/material/Stack";
import Tab from "@mui/material/Tab";
import Tabs from "@mui/material/Tabs";
import Typography from "@mui/material/Typography";
import { Link, useOutletContext, useSearchParams } from "react-router";
import {
  type AnalysisView,
  type Part,
  RESPONSES,
  type Response,
  rowsOf,
  useAnalysis,
  useHasWells,
  useKeepLayout,
  useLayout,
} from "../../api/analysis";
import { ApiProblem } from "../../api/client";
import { type ProjectContext, useSummary } from "../../api/projects";
import { formatShort } from "../../i18n/numbers";
import { useText } from "../../i18n/useText";
import { PageSkeleton } from "../../ui/PageSkeleton";
import { ProblemAlert } from "../../ui/ProblemAlert";
import { csvOf, download } from "../csv";
import { Choice } from "./Choice";
import { Doses } from "./Doses";
import { toggled } from "./exclusions";
import { Growth } from "./Growth";
import { LayoutEditor } from "./LayoutEditor";
import { useLayoutDraft } from "./layoutDraft";
import { PlateChoices } from "./PlateChoices";
import { PlateView } from "./PlateView";
import { Quality } from "./Quality";

/** What each tab shows of the conclusions. */
const PARTS: Record<string, Part[]> = {
  plate: ["plate", "growth"],
  growth: ["plate", "growth", "curves", "frames"],
  doses: ["plate", "dose_response"],
  quality: ["dose_response", "quality", "left_out"],
  layout: ["plate"],
};
const TABS = ["plate", "growth", "doses", "quality", "layout"] as const;

/** From the plate to its conclusions; what is drawn follows every outline that is mended. */
export default function PlatePage() {
  const t = useText();
  const { project } = useOutletContext<ProjectContext>();
  const [search, setSearch] = useSearchParams();
  const tab = TABS.find((each) => each === search.get("tab")) ?? "plate";
  const time = search.get("time");
  const view: AnalysisView = {
    response: RESPONSES.find((each) => each === search.get("response")) ?? "volume",
    ...(time ? { time_h: Number(time) } : {}),
  };
  const set = (name: string, value: string) =>
    setSearch((before) => new URLSearchParams({ ...Object.fromEntries(before), [name]: value }), {
      replace: true,
    });
  const layout = useLayout(project.id);
  const draft = useLayoutDraft(layout.data);
  const summary = useSummary(project.id);
  // of a project without outlines nothing is asked: there is nothing to conclude
  const isOutlined = (summary.data?.by_segmentation_state.done ?? 0) > 0;
  const parts = PARTS[tab] ?? [];
  const hasWells = useHasWells(project.id);
  const isPlate = isOutlined && !hasWells.isPending && hasWells.data !== false;
  const analysis = useAnalysis(project.id, view, parts, isPlate);
  const isCompared =
    tab === "quality" && analysis.data !== undefined && rowsOf(analysis.data, "left_out").length > 0;
  const withAll = useAnalysis(project.id, { ...view, include_excluded: true }, ["dose_response"], isCompared);
  const keep = useKeepLayout(project.id);
  const mayEdit = project.role !== "viewer";
  if (layout.isPending || (layout.isSuccess && !draft)) return <PageSkeleton />;
  if (layout.isError) return <ProblemAlert error={layout.error} onRetry={() => layout.refetch()} />;
  const { wells, exclusions, version } = layout.data;
  const found = analysis.data;
  const { error } = analysis;
  const isWithoutWells = isOutlined && hasWells.data === false;
  const notYet = isWithoutWells
    ? null
    : summary.data && !isOutlined
      ? ""
      : error instanceof ApiProblem && error.code === "not_analysable"
        ? error.message
        : null;
  const toggle = (plate: string, well: string, reason = t("plate.byClick")) =>
    keep.mutate({ wells, exclusions: toggled(exclusions, plate, well, reason), version });
  const save = (name: string) => {
    const table = found?.tables[name];
    if (table && found)
      download(`${project.name} ${name}.csv`, "text/csv", csvOf(table.columns, rowsOf(found, name)));
  };
  const report = new URLSearchParams({ response: view.response, ...(time ? { time_h: time } : {}) });
  return (
    <Stack spacing={2}>
      <Tabs
        value={tab}
        onChange={(_, next: string) => set("tab", next)}
        variant="scrollable"
        scrollButtons={false}
        aria-label={t("plate.title")}
      >
        {TABS.map((each) => (
          <Tab key={each} value={each} label={t(`plate.${each}`)} />
        ))}
      </Tabs>
      {tab !== "layout" && (
        <Stack direction="row" useFlexGap sx={{ gap: 1.5, alignItems: "center", flexWrap: "wrap" }}>
          <Choice
            label={t("plate.response")}
            value={view.response}
            options={RESPONSES.map((each: Response) => [each, t(`plate.of.${each}`)])}
            onChange={(next) => set("response", next)}
          />
          {view.response !== "growth-rate" && found && (
            <Choice
              label={t("plate.time")}
              value={time ?? ""}
              options={[
                ["", t("plate.last")],
                ...found.times_h.map((each) => [`${each}`, `${formatShort(each)} h`] as const),
              ]}
              onChange={(next) => set("time", next)}
            />
          )}
          {tab === "plate" && found && (
            <PlateChoices projectId={project.id} analysis={found} search={search} onSearch={set} />
          )}
          <Stack direction="row" sx={{ alignItems: "center", ml: { md: "auto" } }}>
            <Typography variant="body2" color="textSecondary">
              {t("plate.report")}
            </Typography>
            {(["pdf", "html", "zip"] as const).map((format) => (
              <Button
                key={format}
                size="small"
                disabled={!found}
                href={`/api/v1/projects/${project.id}/analysis/report?${report}&format=${format}`}
                download
                aria-label={`${t("plate.report")}: ${format.toUpperCase()}`}
                sx={{ minWidth: 0 }}
              >
                {format.toUpperCase()}
              </Button>
            ))}
          </Stack>
        </Stack>
      )}
      {keep.isError && <ProblemAlert error={keep.error} />}
      {tab === "layout" && draft && (
        <LayoutEditor
          projectId={project.id}
          stored={layout.data}
          draft={draft}
          seen={(found ? rowsOf(found, "plate") : [])
            .filter((row) => row.status !== "no_image")
            .map((row) => ({ plate: String(row.plate ?? ""), well: String(row.well) }))}
          mayEdit={mayEdit}
        />
      )}
      {tab !== "layout" && notYet !== null && (
        <Alert severity="info">{`${t("plate.notYet")} ${notYet}`.trim()}</Alert>
      )}
      {tab !== "layout" && isWithoutWells && (
        <Alert
          severity="info"
          action={
            <Button component={Link} to={`/projects/${project.id}`}>
              {t("images.title")}
            </Button>
          }
        >
          {t("plate.noWells")}
        </Alert>
      )}
      {tab !== "layout" && found && found.n_pending > 0 && (
        <Alert severity="info">{t("plate.pending", { count: found.n_pending })}</Alert>
      )}
      {tab !== "layout" && analysis.isError && notYet === null && (
        <ProblemAlert error={analysis.error} onRetry={() => analysis.refetch()} />
      )}
      {tab !== "layout" && isOutlined && !isWithoutWells && analysis.isPending && <PageSkeleton />}
      {found && wells.length === 0 && tab !== "layout" && (
        <Alert
          severity="info"
          action={<Button onClick={() => set("tab", "layout")}>{t("plate.layout")}</Button>}
        >
          {t("plate.noLayout")}
        </Alert>
      )}
      {found && tab === "plate" && (
        <PlateView
          projectId={project.id}
          analysis={found}
          view={view}
          exclusions={exclusions}
          search={search}
          onSearch={set}
          onToggle={mayEdit ? toggle : undefined}
          onSave={save}
        />
      )}
      {found && tab === "growth" && <Growth projectId={project.id} analysis={found} onSave={save} />}
      {found && tab === "doses" && (
        <Doses
          analysis={found}
          view={view}
          exclusions={exclusions}
          onToggle={mayEdit ? toggle : undefined}
          onSave={save}
        />
      )}
      {found && tab === "quality" && (
        <Quality
          projectId={project.id}
          analysis={found}
          view={view}
          withAll={isCompared ? withAll.data : undefined}
          exclusions={exclusions}
          onToggle={mayEdit ? toggle : undefined}
        />
      )}
    </Stack>
  );
}
