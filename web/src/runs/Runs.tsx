import Box from "@mui/material/Box";
import Button from "@mui/material/Button";
import Card from "@mui/material/Card";
import Chip from "@mui/material/Chip";
import Link from "@mui/material/Link";
import Stack from "@mui/material/Stack";
import Typography from "@mui/material/Typography";
import { useState } from "react";
import { Link as RouterLink, useOutletContext } from "react-router";
import type { ProjectContext } from "../api/projects";
import {
  type DEFAULT_PARAMETERS,
  isActive,
  type Run,
  useFailedResults,
  useRuns,
  useStartRun,
} from "../api/runs";
import { useText } from "../i18n/useText";
import { EmptyState } from "../ui/EmptyState";
import { formatDate, formatDuration, formatNumber } from "../ui/format";
import { PlayIcon } from "../ui/icons";
import { PageSkeleton } from "../ui/PageSkeleton";
import { ProblemAlert } from "../ui/ProblemAlert";
import { Progress } from "./RunsProgress";

const COLOURS = {
  queued: "info",
  running: "info",
  done: "success",
  failed: "error",
  cancelled: "warning",
} as const;

export default function Runs() {
  const t = useText();
  const { project } = useOutletContext<ProjectContext>();
  const runs = useRuns(project.id);
  const items = runs.data?.pages.flatMap((page) => page.items) ?? [];
  if (runs.isPending) return <PageSkeleton />;
  if (runs.isError) return <ProblemAlert error={runs.error} onRetry={() => runs.refetch()} />;
  if (items.length === 0) {
    return (
      <EmptyState icon={<PlayIcon />} title={t("runs.none")}>
        {t("runs.noneExplanation")}
      </EmptyState>
    );
  }
  return (
    <Stack spacing={1.5} component="ul" sx={{ m: 0, p: 0, listStyle: "none", maxWidth: 960 }}>
      {items.map((run) => (
        <RunCard key={run.id} run={run} canEdit={project.role !== "viewer"} />
      ))}
      {runs.hasNextPage && <Button onClick={() => runs.fetchNextPage()}>{t("app.more")}</Button>}
    </Stack>
  );
}

/** What a run was told to do, and how long it took. */
function parametersOf(run: Run, t: ReturnType<typeof useText>): string[] {
  const said = run.parameters as Partial<typeof DEFAULT_PARAMETERS>;
  const took =
    run.started_at && run.finished_at
      ? (Date.parse(run.finished_at) - Date.parse(run.started_at)) / 1000
      : null;
  return [
    said.diameter_um ? `${t("runs.diameter")}: ${formatNumber(said.diameter_um)} µm` : "",
    said.diameter_px ? `${t("runs.diameter")}: ${formatNumber(said.diameter_px)} px` : "",
    typeof said.threshold === "number" ? `${t("image.threshold")}: ${formatNumber(said.threshold, 2)}` : "",
    said.expected_objects ? `${t("runs.expected")}: ${said.expected_objects}` : "",
    said.accurate ? t("runs.accurate") : "",
    took === null ? "" : t("runs.took", { time: formatDuration(took) }),
  ].filter(Boolean);
}

function RunCard({ run, canEdit }: { run: Run; canEdit: boolean }) {
  const t = useText();
  const [isOpen, setOpen] = useState(false);
  const failed = useFailedResults(run.id, isOpen);
  const start = useStartRun(run.project_id);
  const imageIds = [...new Set(failed.data?.items.map((each) => each.image_id))];
  return (
    <Card component="li" sx={{ p: 2 }}>
      <Stack direction="row" useFlexGap sx={{ gap: 1, flexWrap: "wrap", alignItems: "center" }}>
        <Chip
          size="small"
          color={COLOURS[run.state]}
          variant="outlined"
          label={t(`runs.state_${run.state}`)}
        />
        <Typography sx={{ fontWeight: 600 }}>{run.model_name}</Typography>
        <Typography variant="body2" color="textSecondary" sx={{ mr: "auto" }}>
          {formatDate(run.created_at)} · {t("runs.progress", { done: run.n_done, count: run.n_items })}
        </Typography>
        {isActive(run) && <Progress run={run} />}
        {run.n_cancelled > 0 && (
          <Typography variant="body2">{t("runs.nCancelled", { count: run.n_cancelled })}</Typography>
        )}
        {run.n_failed > 0 && (
          <Button size="small" color="error" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
            {t("runs.nFailed", { count: run.n_failed })}
          </Button>
        )}
      </Stack>
      <Typography variant="body2" color="textSecondary">
        {parametersOf(run, t).join(" · ")}
      </Typography>
      {isOpen && failed.data && (
        <Box sx={{ mt: 1.5 }}>
          <Stack component="ul" spacing={0.5} sx={{ m: 0, pl: 2.5, maxHeight: 260, overflowY: "auto" }}>
            {failed.data.items.map((each) => (
              <Typography component="li" variant="body2" key={each.id}>
                <Link component={RouterLink} to={`/projects/${run.project_id}/images/${each.image_id}`}>
                  {t("runs.failedImage")}
                </Link>
                {" – "}
                {each.error_reason}
              </Typography>
            ))}
          </Stack>
          {canEdit && (
            <Button
              size="small"
              sx={{ mt: 1 }}
              loading={start.isPending}
              onClick={() =>
                start.mutate({
                  model: run.model_name,
                  image_ids: imageIds,
                  only_missing: false,
                  urgency: run.urgency,
                  parameters: run.parameters as never,
                })
              }
            >
              {t("runs.retryFailed")}
            </Button>
          )}
        </Box>
      )}
    </Card>
  );
}
