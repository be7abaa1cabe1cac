import Alert from "@mui/material/Alert";
import Button from "@mui/material/Button";
import Stack from "@mui/material/Stack";
import Tab from "@mui/material/Tab";
import Tabs from "@mui/material/Tabs";
import TextField from "@mui/material/TextField";
import { useState } from "react";
import { useOutletContext, useSearchParams } from "react-router";
import {
  type AnalysisView,
  RESPONSES,
  type Response,
  rowsOf,
  useAnalysis,
  useKeepLayout,
  useLayout,
} from "../../api/analysis";
import type { ProjectContext } from "../../api/projects";
import { useText } from "../../i18n/useText";
import { PageSkeleton } from "../../ui/PageSkeleton";
import { ProblemAlert } from "../../ui/ProblemAlert";
import { csvOf, download } from "../csv";
import { Conclusions } from "./Conclusions";
import { FilmStrip } from "./FilmStrip";
import { LayoutEditor } from "./LayoutEditor";
import { PlateMap } from "./PlateMap";

const TABS = ["plate", "growth", "doses", "quality", "layout"] as const;
const MEASURES = ["response", "relative_to_control", "n_objects"] as const;

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
  const [measure, setMeasure] = useState<(typeof MEASURES)[number]>("response");
  const [well, setWell] = useState<string | null>(null);
  const layout = useLayout(project.id);
  const analysis = useAnalysis(project.id, view);
  const keep = useKeepLayout(project.id);
  const mayEdit = project.role !== "viewer";
  if (layout.isPending || analysis.isPending) return <PageSkeleton />;
  if (layout.isError) return <ProblemAlert error={layout.error} onRetry={() => layout.refetch()} />;
  const found = analysis.data;
  const rows = found ? rowsOf(found, "plate") : [];
  const isLeftOut = (name: string) => layout.data.exclusions.some((each) => each.well === name);
  const toggle = (name: string) => {
    const { wells, exclusions, version } = layout.data;
    const rest = exclusions.filter((each) => each.well !== name);
    const added = isLeftOut(name)
      ? []
      : [{ plate: "", well: name, time_h: null, reason: t("plate.byClick"), excluded_by: "" }];
    keep.mutate({ wells, exclusions: [...rest, ...added], version });
  };
  const save = (name: string) => {
    const table = found?.tables[name];
    if (table && found)
      download(`${project.name} ${name}.csv`, "text/csv", csvOf(table.columns, rowsOf(found, name)));
  };
  const report = new URLSearchParams({ response: view.response, ...(time ? { time_h: time } : {}) });
  return (
    <Stack spacing={2} sx={{ p: { xs: 1, md: 2 }, overflow: "auto" }}>
      <Stack direction="row" useFlexGap sx={{ gap: 1, alignItems: "center", flexWrap: "wrap" }}>
        <Tabs
          value={tab}
          onChange={(_, next: string) => set("tab", next)}
          variant="scrollable"
          sx={{ flex: 1 }}
        >
          {TABS.map((each) => (
            <Tab key={each} value={each} label={t(`plate.${each}`)} />
          ))}
        </Tabs>
        <TextField
          select
          size="small"
          label={t("plate.response")}
          value={view.response}
          onChange={(event) => set("response", event.target.value)}
          slotProps={{ select: { native: true } }}
        >
          {RESPONSES.map((each: Response) => (
            <option key={each} value={each}>
              {t(`plate.of.${each}`)}
            </option>
          ))}
        </TextField>
        {view.response !== "growth-rate" && found && (
          <TextField
            select
            size="small"
            label={t("plate.time")}
            value={time ?? ""}
            onChange={(event) => set("time", event.target.value)}
            slotProps={{ select: { native: true }, inputLabel: { shrink: true } }}
          >
            <option value="">{t("plate.last")}</option>
            {found.times_h.map((each) => (
              <option key={each} value={each}>{`${each} h`}</option>
            ))}
          </TextField>
        )}
        {(["pdf", "html", "zip"] as const).map((format) => (
          <Button
            key={format}
            size="small"
            disabled={!found}
            href={`/api/v1/projects/${project.id}/analysis/report?${report}&format=${format}`}
            download
          >
            {format.toUpperCase()}
          </Button>
        ))}
      </Stack>
      {analysis.isError && <ProblemAlert error={analysis.error} onRetry={() => analysis.refetch()} />}
      {keep.isError && <ProblemAlert error={keep.error} />}
      {found && layout.data.wells.length === 0 && tab !== "layout" && (
        <Alert
          severity="info"
          action={<Button onClick={() => set("tab", "layout")}>{t("plate.layout")}</Button>}
        >
          {t("plate.noLayout")}
        </Alert>
      )}
      {tab === "layout" && (
        <LayoutEditor
          key={layout.data.version}
          projectId={project.id}
          kept={layout.data}
          seen={[...new Set(found?.frames.map((frame) => frame.well))]}
          mayEdit={mayEdit}
        />
      )}
      {found && tab === "plate" && (
        <>
          <TextField
            select
            size="small"
            label={t("plate.measure")}
            value={measure}
            onChange={(event) =>
              setMeasure(MEASURES.find((each) => each === event.target.value) ?? "response")
            }
            slotProps={{ select: { native: true } }}
            sx={{ alignSelf: "flex-start" }}
          >
            {MEASURES.map((each) => (
              <option key={each} value={each}>
                {t(`plate.of.${each}`)}
              </option>
            ))}
          </TextField>
          <PlateMap
            title={measure === "response" ? found.response_name : t(`plate.of.${measure}`)}
            rows={rows}
            value={measure}
            unit={measure === "response" ? found.response_unit : ""}
            chosen={well}
            onChoose={setWell}
            onData={() => save("plate")}
          />
          {well && (
            <FilmStrip
              projectId={project.id}
              analysis={found}
              well={well}
              isLeftOut={isLeftOut(well)}
              mayEdit={mayEdit}
              onToggle={toggle}
            />
          )}
        </>
      )}
      {found && tab !== "plate" && tab !== "layout" && (
        <Conclusions
          tab={tab}
          analysis={found}
          exclusions={layout.data.exclusions}
          onToggle={mayEdit ? toggle : undefined}
          onSave={save}
        />
      )}
    </Stack>
  );
}
