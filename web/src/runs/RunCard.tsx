import Box from "@mui/material/Box";
import Button from "@mui/material/Button";
import Card from "@mui/material/Card";
import Chip from "@mui/material/Chip";
import Link from "@mui/material/Link";
import Stack from "@mui/material/Stack";
import Typography from "@mui/material/Typography";
import { useState } from "react";
import { Link as RouterLink } from "react-router";
import { isActive, type Run, useFailedResults, useStartRun } from "../api/runs";
import { failureText } from "../api/sentences";
import { formatDuration } from "../i18n/numbers";
import { useText } from "../i18n/useText";
import { formatDate } from "../ui/format";
import { choiceTexts } from "./choices";
import { Progress } from "./RunsProgress";

const COLOURS = {
  queued: "info",
  running: "info",
  done: "success",
  failed: "error",
  cancelled: "warning",
} as const;

/** Codes of failures that lie in the file itself: the same file fails the same way. */
const UNREADABLE = new Set(["unreadable", "image_read", "format"]);

function secondsOf(run: Run): number | null {
  return run.started_at && run.finished_at
    ? (Date.parse(run.finished_at) - Date.parse(run.started_at)) / 1000
    : null;
}

/** One run: how it stands, who started it when, with which version of the model and which choices, and what failed. */
export function RunCard({ run, canEdit }: { run: Run; canEdit: boolean }) {
  const t = useText();
  const [isOpen, setOpen] = useState(false);
  const took = secondsOf(run);
  const about = [
    formatDate(run.created_at),
    run.created_by_name && t("runs.startedBy", { name: run.created_by_name }),
    took !== null && t("runs.took", { time: formatDuration(took) }),
  ];
  return (
    <Card component="li" sx={{ p: 2 }}>
      <Stack direction="row" useFlexGap sx={{ gap: 1, flexWrap: "wrap", alignItems: "center" }}>
        <Chip
          size="small"
          color={COLOURS[run.state]}
          variant="outlined"
          label={t(`runs.state_${run.state}`)}
        />
        <Typography sx={{ fontWeight: 600 }}>{run.model_title || run.model_name}</Typography>
        <Typography variant="body2" color="textSecondary" sx={{ mr: "auto" }}>
          {t("runs.progress", { done: run.n_done, count: run.n_items })}
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
      <Typography variant="body2" color="textSecondary" sx={{ mt: 0.5 }}>
        {about.filter(Boolean).join(" · ")}
      </Typography>
      <Typography variant="body2" color="textSecondary">
        {choiceTexts(run, t).join(" · ")}
      </Typography>
      {isOpen && <Failures run={run} canEdit={canEdit} />}
    </Card>
  );
}

/** Which images failed, and why; those whose file can be read can be tried again as they were. */
function Failures({ run, canEdit }: { run: Run; canEdit: boolean }) {
  const t = useText();
  const failed = useFailedResults(run.id);
  const start = useStartRun(run.project_id);
  const items = failed.data?.items ?? [];
  const again = items.filter((each) => !UNREADABLE.has(each.error_code ?? ""));
  const nUnreadable = items.length - again.length;
  const { region: _, ...parameters } = run.parameters; // what is measured is the project's to say by now
  return (
    <Box sx={{ mt: 1.5 }}>
      <Stack component="ul" spacing={0.5} sx={{ m: 0, pl: 2.5, maxHeight: 260, overflowY: "auto" }}>
        {items.map((each) => (
          <Typography component="li" variant="body2" key={each.id} sx={{ overflowWrap: "anywhere" }}>
            <Link component={RouterLink} to={`/projects/${run.project_id}/images/${each.image_id}`}>
              {each.image_name}
            </Link>
            {" – "}
            {failureText(each.error_code, each.error_reason)}
          </Typography>
        ))}
      </Stack>
      {failed.data?.next_cursor && (
        <Typography variant="body2" color="textSecondary">
          {t("runs.allFailed", { count: items.length })}
        </Typography>
      )}
      {nUnreadable > 0 && (
        <Typography variant="body2" color="textSecondary">
          {t("runs.unreadable", { count: nUnreadable })}
        </Typography>
      )}
      {canEdit && again.length > 0 && (
        <Button
          size="small"
          sx={{ mt: 1 }}
          loading={start.isPending}
          onClick={() =>
            start.mutate({
              model: run.model_name,
              image_ids: [...new Set(again.map((each) => each.image_id))],
              only_missing: false,
              urgency: run.urgency,
              parameters: parameters as never,
            })
          }
        >
          {t("runs.retryFailed")}
        </Button>
      )}
    </Box>
  );
}
