import Button from "@mui/material/Button";
import Stack from "@mui/material/Stack";
import { useOutletContext } from "react-router";
import type { ProjectContext } from "../api/projects";
import { useRuns } from "../api/runs";
import { useText } from "../i18n/useText";
import { EmptyState } from "../ui/EmptyState";
import { PlayIcon } from "../ui/icons";
import { PageSkeleton } from "../ui/PageSkeleton";
import { ProblemAlert } from "../ui/ProblemAlert";
import { RunCard } from "./RunCard";

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
    <Stack spacing={1.5} component="ul" sx={{ m: 0, p: 0, listStyle: "none", maxWidth: 1200 }}>
      {items.map((run) => (
        <RunCard key={run.id} run={run} canEdit={project.role !== "viewer"} />
      ))}
      {runs.hasNextPage && <Button onClick={() => runs.fetchNextPage()}>{t("app.more")}</Button>}
    </Stack>
  );
}
