import Alert from "@mui/material/Alert";
import Button from "@mui/material/Button";
import Stack from "@mui/material/Stack";
import { lazy, type MouseEvent, Suspense, useCallback, useMemo, useRef, useState } from "react";
import { Link, useNavigate, useOutletContext, useSearchParams } from "react-router";
import type { ProjectContext } from "../api/projects";
import { useText } from "../i18n/useText";
import { notify } from "../store/notifications";
import { EmptyState } from "../ui/EmptyState";
import { DownloadIcon, TableIcon } from "../ui/icons";
import { PageSkeleton } from "../ui/PageSkeleton";
import { ProblemAlert } from "../ui/ProblemAlert";
import { ChartCard } from "./ChartCard";
import { CONDITIONS } from "./conditions";
import { csvOf, download } from "./csv";
import { useDefinitionTexts } from "./definitionTexts";
import { FILTER_AFTER_MS, filterOf, isFilled, textOf } from "./filter";
import { groupSummary } from "./groupSummary";
import { useProjectTable, useStatistics } from "./queries";
import type { Shown } from "./ResultsGrid";
import { ScaleAlerts } from "./ScaleAlerts";
import { useSample } from "./sample";
import { groupsOf } from "./statistics";
import { summariesFrom, summariesOf } from "./summaries";
import type { ObjectRow } from "./table";
import { nameIn } from "./units";
import { useUnit, useView } from "./view";
import { useDownload } from "./workbook";

const NO_MEASURES = new Set(["frame", "field", "series", "time_s", "time_h", "confidence", ...CONDITIONS]);
const ResultsGrid = lazy(() => import("./ResultsGrid"));

/** The grid filters a moment after the last letter: what is asked for right after it waits as long, and so comes behind it. */
function whenFiltered(act: () => void): void {
  setTimeout(act, FILTER_AFTER_MS);
}

export default function Results() {
  const t = useText();
  const navigate = useNavigate();
  const { project } = useOutletContext<ProjectContext>();
  const table = useProjectTable(project.id);
  const [shown, setShown] = useState<Shown | null>(null);
  const latest = useRef(shown); // ahead of what is drawn
  const hear = useCallback((next: Shown | null) => {
    latest.current = next;
    setShown(next);
  }, []);
  const { unit, shown: all } = useUnit(table.data);
  const rows = shown?.rows ?? all?.rows ?? [];
  const view = useView(all, rows);
  useDefinitionTexts();
  const [address] = useSearchParams();
  const filter = filterOf(address);
  // the service counts all objects; what the grid's own filter lets through is counted here
  const isPart = table.data !== undefined && !table.data.isComplete && !isFilled(filter);
  const server = useStatistics(project.id, view.measure, view.group, isPart);
  const { groups, measure } = view;
  const points = { x: view.against, y: measure, groupBy: view.group };
  const sample = useSample(project.id, points, isPart && view.chart === "scatter", t("results.all"));
  const here = useMemo(() => summariesOf(groups, measure), [groups, measure]);
  const workbook = useDownload(project.id, project.name);
  if (table.isPending) return <PageSkeleton />;
  if (table.isError) return <ProblemAlert error={table.error} onRetry={() => table.refetch()} />;
  if (!all || table.data.rows.length === 0) {
    return (
      <EmptyState icon={<TableIcon />} title={t("results.none")}>
        {t("results.noneExplanation")}
      </EmptyState>
    );
  }
  const open = (row: ObjectRow) =>
    navigate(`/projects/${project.id}/images/${row.image_id}?frame=${row.frame}&object=${row.number}`);
  const shownNow = () => latest.current ?? { rows: all.rows, columns: all.columns, wanted: {} };
  function downloadSummary() {
    const { rows, columns } = shownNow();
    const by = view.group === "" && rows.some((row) => row.well) ? "well" : view.group;
    const summary = groupSummary(
      groupsOf(rows, by, t("results.all")),
      columns.filter((name) => view.numeric.includes(name) && !NO_MEASURES.has(name)),
      by,
    );
    download(`${project.name} by ${by || "all"}.csv`, "text/csv", csvOf(summary.columns, summary.rows));
  }
  function downloadCsv() {
    const { rows, columns } = shownNow();
    download(`${project.name}.csv`, "text/csv", csvOf(columns, rows));
  }
  function downloadXlsx() {
    const { columns, wanted } = shownNow();
    if (wanted === null) return notify("error", t("results.notExpressible"));
    const stored = columns.map((name) => nameIn(name, "um"));
    workbook.mutate({ format: "xlsx", columns: stored, unit, ...wanted });
  }
  return (
    <Stack spacing={2} sx={{ flex: 1, minHeight: 0 }}>
      <ScaleAlerts project={project} rows={table.data.rows} />
      {!table.data.isComplete && (
        <Alert severity="info">{t("results.tooMany", { count: table.data.rows.length })}</Alert>
      )}
      <ChartCard
        view={view}
        summaries={server.data ? summariesFrom(server.data, t("results.all")) : here}
        rows={rows}
        sample={sample.data}
        onOpen={open}
        unit={unit}
        onUnit={(next) => {
          hear(null); // what the grid showed has other columns
          view.change({ unit: next, filter: "" }); // conditions are in the unit that they were written in
        }}
        actions={
          <>
            <Button
              component={Link}
              to={`/projects/${project.id}/report?${view.search}`}
              onClick={(event: MouseEvent) => {
                if (event.metaKey || event.ctrlKey || event.shiftKey) return; // a page of its own
                event.preventDefault();
                whenFiltered(() => navigate(`/projects/${project.id}/report?${view.latest()}`));
              }}
            >
              {t("results.report")}
            </Button>
            <Button startIcon={<DownloadIcon />} onClick={() => whenFiltered(downloadCsv)}>
              {t("results.downloadCsv")}
            </Button>
            <Button startIcon={<DownloadIcon />} onClick={() => whenFiltered(downloadSummary)}>
              {t("results.downloadSummary")}
            </Button>
            <Button
              startIcon={<DownloadIcon />}
              loading={workbook.isPending}
              disabled={shown !== null && shown.wanted === null}
              title={shown !== null && shown.wanted === null ? t("results.notExpressible") : undefined}
              onClick={() => whenFiltered(downloadXlsx)}
            >
              {t("results.downloadXlsx")}
            </Button>
          </>
        }
      />
      <Suspense fallback={<PageSkeleton />}>
        <ResultsGrid
          key={unit}
          table={all}
          filter={filter}
          onFilter={(next) => view.change({ filter: textOf(next) })}
          onShown={hear}
          onOpen={open}
        />
      </Suspense>
    </Stack>
  );
}
