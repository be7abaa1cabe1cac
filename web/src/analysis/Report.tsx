import Box from "@mui/material/Box";
import Button from "@mui/material/Button";
import Link from "@mui/material/Link";
import Stack from "@mui/material/Stack";
import Typography from "@mui/material/Typography";
import { lazy, Suspense, useMemo } from "react";
import { Link as RouterLink, useNavigate, useOutletContext, useSearchParams } from "react-router";
import type { ProjectContext } from "../api/projects";
import { useText } from "../i18n/useText";
import { EmptyState } from "../ui/EmptyState";
import { formatDate } from "../ui/format";
import { TableIcon } from "../ui/icons";
import { PageSkeleton } from "../ui/PageSkeleton";
import { ProblemAlert } from "../ui/ProblemAlert";
import { columnTitle, explanationOf } from "./columns";
import { useDefinitionTexts } from "./definitionTexts";
import { filterOf, filterText, isFilled, passes } from "./filter";
import { useProjectTable, useStatistics } from "./queries";
import { ReportPictures, ReportSources } from "./ReportSources";
import { ScaleAlerts } from "./ScaleAlerts";
import { StatisticsTable } from "./StatisticsTable";
import { summariesFrom, summariesOf } from "./summaries";
import type { ObjectRow } from "./table";
import { useUnit, useView, type View } from "./view";

const BoxPlot = lazy(() => import("./BoxPlot"));
const NONE: readonly ObjectRow[] = [];
const MEASURES = ["equivalent_diameter", "area", "circularity", "solidity"];

// as wide as a printed page and light on every screen: plots do not change their size or colours for the printer
const SHEET = {
  width: "100%",
  maxWidth: 720,
  mx: "auto",
  p: { xs: 1.5, sm: 3 },
  bgcolor: "background.paper",
  color: "text.primary",
  border: 1,
  borderColor: "divider",
  borderRadius: 1,
  // ten columns have room on the sheet
  "@media (min-width: 700px)": {
    "& .MuiTable-root": { minWidth: "0 !important" },
    "& .MuiTableCell-root": { px: 0.5, fontSize: 12 },
    // a long name of a group is broken before the last number leaves the sheet
    "& .MuiTableCell-root:first-of-type": { overflowWrap: "anywhere", minWidth: 70 },
  },
  "@media print": {
    border: 0,
    p: 0,
    printColorAdjust: "exact",
    "& .MuiTableContainer-root": { overflow: "visible" },
    "& tr": { breakInside: "avoid" },
    "& .MuiTable-root": { minWidth: "0 !important" },
    "& .MuiTableCell-root": { px: 0.5, py: 0.25, fontSize: "8.5pt" },
  },
} as const;

/** The results on paper: the chosen measure and the usual ones, by group, with what they mean and what made them. */
export default function Report() {
  const t = useText();
  const navigate = useNavigate();
  const { project } = useOutletContext<ProjectContext>();
  const table = useProjectTable(project.id);
  const [address] = useSearchParams();
  const filter = useMemo(() => filterOf(address), [address]);
  const { shown } = useUnit(table.data);
  const rows = useMemo(() => shown?.rows.filter((row) => passes(row, filter)) ?? NONE, [shown, filter]);
  const view = useView(shown, rows);
  useDefinitionTexts();
  if (table.isPending) return <PageSkeleton />;
  if (table.isError) return <ProblemAlert error={table.error} onRetry={() => table.refetch()} />;
  if (table.data.rows.length === 0) {
    return (
      <EmptyState icon={<TableIcon />} title={t("results.none")}>
        {t("results.noneExplanation")}
      </EmptyState>
    );
  }
  const usual = view.numeric.filter((name) =>
    MEASURES.some((each) => new RegExp(`^${each}(_(um|mm|px)2?)?$`).test(name)),
  );
  const measures = [...new Set([view.measure, ...usual])].filter(Boolean);
  const imageIds = [...new Set(rows.map((row) => String(row.image_id)))];
  return (
    <Stack spacing={3} sx={SHEET} data-color-scheme="light">
      <Stack direction="row" spacing={1} className="no-print">
        <Button variant="contained" onClick={() => window.print()}>
          {t("results.print")}
        </Button>
        <Button component={RouterLink} to={`/projects/${project.id}/results?${view.search}`}>
          {t("results.title")}
        </Button>
      </Stack>
      <Box>
        <Typography variant="h2">{`${project.name} · ${t("results.report")}`}</Typography>
        <Typography color="textSecondary" variant="body2">
          {[
            t("results.reportMade", { date: formatDate(new Date()) }),
            t("projects.nImages", { count: imageIds.length }),
            t("projects.nObjects", { count: rows.length }),
            view.group && `${t("results.groupBy")}: ${t(`results.group_${view.group}`)}`,
          ]
            .filter(Boolean)
            .join(" · ")}
        </Typography>
        {isFilled(filter) && (
          <Typography variant="body2" sx={{ fontWeight: 600 }}>
            {t("results.filter", { filter: filterText(filter) })}
          </Typography>
        )}
        {project.description && <Typography sx={{ mt: 1 }}>{project.description}</Typography>}
      </Box>
      <ScaleAlerts project={project} rows={rows} />
      <ReportSources project={project} />
      <ReportPictures imageIds={imageIds} />
      {measures.map((measure) => (
        <Measure
          key={measure}
          projectId={project.id}
          measure={measure}
          view={view}
          isComplete={table.data.isComplete || isFilled(filter)}
          onOpen={(row) =>
            navigate(`/projects/${project.id}/images/${row.image_id}?frame=${row.frame}&object=${row.number}`)
          }
        />
      ))}
      <Box component="section">
        <Typography variant="h3" component="h3" sx={{ mb: 1 }}>
          {t("results.definitions")}
        </Typography>
        <Typography variant="body2" color="textSecondary" sx={{ mb: 1 }}>
          {t("results.boxHelp")}
        </Typography>
        {measures.map((measure) => (
          <Typography key={measure} variant="body2" sx={{ mb: 1, whiteSpace: "pre-line" }}>
            <strong>{columnTitle(measure)}</strong>
            {`\n${explanationOf(measure)}`}
          </Typography>
        ))}
        <Link component={RouterLink} to={`/projects/${project.id}/exports`} className="no-print">
          {t("exports.title")}
        </Link>
      </Box>
    </Stack>
  );
}

interface MeasureProps {
  projectId: string;
  measure: string;
  view: View;
  isComplete: boolean;
  onOpen: (row: ObjectRow) => void;
}

/** One measure on paper: boxes and numbers. */
function Measure({ projectId, measure, view, isComplete, onOpen }: MeasureProps) {
  const t = useText();
  const server = useStatistics(projectId, measure, view.group, !isComplete);
  const summaries = server.data
    ? summariesFrom(server.data, t("results.all"))
    : summariesOf(view.groups, measure);
  return (
    <Box component="section">
      {/* the numbers may go on over the page: kept together with them, each plot would begin a page of its own */}
      <Box sx={{ breakInside: "avoid" }}>
        <Typography variant="h3" component="h3" sx={{ mb: 1 }}>
          {columnTitle(measure)}
        </Typography>
        <Suspense fallback={<Box sx={{ height: 300 }} />}>
          <BoxPlot groups={summaries.groups} measure={measure} onOpen={onOpen} fits />
        </Suspense>
      </Box>
      <StatisticsTable groups={summaries.groups} measure={measure} />
    </Box>
  );
}
