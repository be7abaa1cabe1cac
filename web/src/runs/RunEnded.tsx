import Alert from "@mui/material/Alert";
import Button from "@mui/material/Button";
import IconButton from "@mui/material/IconButton";
import { useEffect, useRef, useState } from "react";
import { Link, useLocation } from "react-router";
import { isActive, useRuns } from "../api/runs";
import { useText } from "../i18n/useText";
import { CloseIcon } from "../ui/icons";

/** When a run ends that was seen running here: what came of it, and where to go on. */
export function RunEnded({ projectId }: { projectId: string }) {
  const t = useText();
  const runs = useRuns(projectId);
  const items = runs.data?.pages[0]?.items ?? [];
  const active = items.find(isActive)?.id;
  const seen = useRef<string>(undefined);
  const [endedId, setEndedId] = useState<string>();
  const here = useLocation().pathname.split("/")[3] ?? "";
  useEffect(() => {
    if (active) setEndedId(undefined);
    else if (seen.current) setEndedId(seen.current);
    seen.current = active;
  }, [active]);
  // whoever is where it leads need not be sent there
  useEffect(() => {
    if (here === "review" || here === "results" || here === "plate") setEndedId(undefined);
  }, [here]);
  const run = items.find((each) => each.id === endedId);
  if (!run) return null;
  const at = `/projects/${projectId}`;
  return (
    <Alert
      severity={run.n_failed > 0 || run.state === "cancelled" ? "warning" : "success"}
      sx={{
        mx: { xs: 2, md: 3 },
        mt: 2,
        flex: "none",
        alignItems: "center",
        // on a phone where it leads stands below what it says
        flexWrap: { xs: "wrap", sm: "nowrap" },
        "& .MuiAlert-message": { flex: 1 },
        "& .MuiAlert-action": {
          flexBasis: { xs: "100%", sm: "auto" },
          ml: { xs: 0, sm: "auto" },
          pl: { xs: 2.5, sm: 2 },
        },
        "& .MuiAlert-action .MuiButton-root": { whiteSpace: "nowrap" },
      }}
      action={
        <>
          {run.n_failed > 0 && (
            <Button color="inherit" size="small" component={Link} to={`${at}/runs`}>
              {t("runs.toFailures")}
            </Button>
          )}
          {run.n_done > 0 && (
            <>
              <Button color="inherit" size="small" component={Link} to={`${at}/review`}>
                {t("runs.toReview")}
              </Button>
              <Button color="inherit" size="small" component={Link} to={`${at}/results`}>
                {t("runs.toResults")}
              </Button>
            </>
          )}
          <IconButton
            color="inherit"
            size="small"
            aria-label={t("app.close")}
            title={t("app.close")}
            onClick={() => setEndedId(undefined)}
          >
            <CloseIcon />
          </IconButton>
        </>
      }
    >
      {[
        t(run.state === "cancelled" ? "runs.overCancelled" : "runs.over"),
        t("runs.progress", { done: run.n_done, count: run.n_items }),
        run.n_failed > 0 && t("runs.nFailed", { count: run.n_failed }),
        run.n_cancelled > 0 && t("runs.nCancelled", { count: run.n_cancelled }),
      ]
        .filter(Boolean)
        .join(" · ")}
    </Alert>
  );
}
