import Button from "@mui/material/Button";
import LinearProgress from "@mui/material/LinearProgress";
import Stack from "@mui/material/Stack";
import Typography from "@mui/material/Typography";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { keys } from "../api/keys";
import { isActive, type Run, useCancelRun, useRun, useRuns } from "../api/runs";
import { formatDuration } from "../i18n/numbers";
import { useText } from "../i18n/useText";

/** The run of a project that is under way, wherever in the project one is. */
export function RunsProgress({ projectId }: { projectId: string }) {
  const runs = useRuns(projectId);
  const active = runs.data?.pages[0]?.items.find(isActive);
  const client = useQueryClient();
  const id = active?.id;
  // a run has ended: nothing shown of it depends on an event having arrived
  useEffect(() => {
    if (!id) return;
    return () => void client.invalidateQueries({ queryKey: keys.project(projectId) });
  }, [client, id, projectId]);
  return active ? <Progress run={active} /> : null;
}

export function Progress({ run }: { run: Run }) {
  const t = useText();
  const progress = useRun(run);
  const cancel = useCancelRun(run.project_id);
  const now = progress.data ?? run;
  const ended = now.n_done + now.n_failed + now.n_cancelled;
  const ahead = progress.data?.n_ahead;
  const left = progress.data?.time_left_s;
  return (
    <Stack
      direction="row"
      spacing={1.5}
      sx={{ alignItems: "center", minWidth: 220, flex: "1 1 260px", maxWidth: 560 }}
    >
      <LinearProgress
        variant={now.state === "queued" ? "indeterminate" : "determinate"}
        value={now.n_items ? (100 * ended) / now.n_items : 0}
        aria-label={t("runs.progressLabel")}
        sx={{ flex: 1, borderRadius: 1, minWidth: 60 }}
      />
      <Typography variant="body2" role="status" sx={{ whiteSpace: "nowrap" }}>
        {t("runs.progress", { done: ended, count: now.n_items })}
        {now.state === "queued" && ahead ? ` · ${t("runs.ahead", { count: ahead })}` : ""}
        {left !== null && left !== undefined ? ` · ${t("runs.left", { time: formatDuration(left) })}` : ""}
      </Typography>
      <Button size="small" color="inherit" onClick={() => cancel.mutate(run.id)} loading={cancel.isPending}>
        {t("app.cancel")}
      </Button>
    </Stack>
  );
}
