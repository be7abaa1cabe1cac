import Box from "@mui/material/Box";
import Breadcrumbs from "@mui/material/Breadcrumbs";
import Chip from "@mui/material/Chip";
import Link from "@mui/material/Link";
import Stack from "@mui/material/Stack";
import Typography from "@mui/material/Typography";
import { Suspense, useEffect } from "react";
import { Outlet, Link as RouterLink, useLocation, useParams } from "react-router";
import { ApiProblem } from "../api/client";
import { type ProjectContext, useProject, useSummary } from "../api/projects";
import { useTopic } from "../events/useTopic";
import type { TextKey } from "../i18n";
import { useText } from "../i18n/useText";
import { RunEnded } from "../runs/RunEnded";
import { RunsProgress } from "../runs/RunsProgress";
import { CLAMPED } from "../ui/clamped";
import { formatPercent } from "../ui/format";
import { later } from "../ui/later";
import { NavTabs } from "../ui/NavTabs";
import { PageSkeleton } from "../ui/PageSkeleton";
import { ProblemAlert } from "../ui/ProblemAlert";
import { reviewedShare } from "./ProjectProgress";
import { TrashedProject } from "./TrashedProject";

const NotFound = later(() => import("../shell/NotFound"));
const TABS: readonly { path: string; title: TextKey }[] = [
  { path: "", title: "images.title" },
  { path: "results", title: "results.title" },
  { path: "plate", title: "plate.title" },
  { path: "review", title: "review.title" },
  { path: "runs", title: "runs.title" },
  { path: "exports", title: "exports.title" },
  { path: "settings", title: "projects.settings" },
];

/** The frame of a project's pages: where we are, what there is, the tabs. */
export default function ProjectPage() {
  const t = useText();
  const { projectId = "" } = useParams();
  const { pathname } = useLocation();
  const project = useProject(projectId);
  const isTrash = Boolean(project.data?.deleted_at);
  const summary = useSummary(projectId, false, !isTrash);
  useTopic(`project:${projectId}`);
  const here = pathname.split("/")[3] ?? "";
  const tab = TABS.find((each) => each.path === here) ?? TABS[0];
  const name = project.data?.name;
  useEffect(() => {
    if (name && tab) document.title = `${t(tab.title)} · ${name} · SpheroSeg`;
  }, [name, tab, t]);
  if (project.isPending) return <PageSkeleton />;
  if (project.isError) {
    // an address that somebody mistyped, a project that is gone, or somebody else's
    if (project.error instanceof ApiProblem && [404, 422].includes(project.error.status)) return <NotFound />;
    return (
      <Box sx={{ p: 3 }}>
        <ProblemAlert error={project.error} onRetry={() => project.refetch()} />
      </Box>
    );
  }
  if (isTrash) return <TrashedProject project={project.data} />;
  const counts = summary.data;
  return (
    <Box sx={{ flex: 1, display: "flex", flexDirection: "column", minHeight: 0 }}>
      <Box
        component="header"
        sx={{
          px: { xs: 2, md: 3 },
          pt: 1.5,
          bgcolor: "background.paper",
          borderBottom: 1,
          borderColor: "divider",
        }}
      >
        <Breadcrumbs
          aria-label={t("projects.trail")}
          sx={{ fontSize: 14, "& ol": { flexWrap: "nowrap" }, "& li:last-of-type": { minWidth: 0 } }}
        >
          <Link
            component={RouterLink}
            to={project.data.folder_id ? `/projects?folder=${project.data.folder_id}` : "/projects"}
          >
            {t("projects.title")}
          </Link>
          <Typography sx={{ fontSize: 14 }} noWrap>
            {project.data.name}
          </Typography>
        </Breadcrumbs>
        <Stack direction="row" useFlexGap sx={{ alignItems: "center", gap: 1, flexWrap: "wrap", mt: 0.5 }}>
          <Typography
            variant="h1"
            title={project.data.name}
            sx={{ ...CLAMPED, fontSize: "1.4rem", overflowWrap: "anywhere" }}
          >
            {project.data.name}
          </Typography>
          {counts && (
            <Typography variant="body2" color="textSecondary">
              {[
                t("projects.nImages", { count: counts.n_images }),
                t("projects.nObjects", { count: counts.n_objects }),
                counts.n_images > 0 &&
                  t("projects.reviewed", { share: formatPercent(reviewedShare(counts)) }),
              ]
                .filter(Boolean)
                .join(" · ")}
            </Typography>
          )}
          {project.data.role !== "owner" && (
            <Chip size="small" variant="outlined" label={t(`sharing.${project.data.role}`)} />
          )}
          {counts && counts.n_measuring > 0 && (
            <Chip
              size="small"
              color="info"
              variant="outlined"
              role="status"
              label={t("results.nMeasuring", { count: counts.n_measuring })}
            />
          )}
          <RunsProgress projectId={projectId} />
        </Stack>
        <NavTabs
          label={t("projects.pages")}
          items={TABS.map((each) => ({
            to: `/projects/${projectId}${each.path ? `/${each.path}` : ""}`,
            title: t(each.title),
          }))}
        />
      </Box>
      <RunEnded projectId={projectId} />
      <Box sx={{ flex: 1, display: "flex", flexDirection: "column", minHeight: 0, p: { xs: 2, md: 3 } }}>
        <Suspense fallback={<PageSkeleton />}>
          <Outlet context={{ project: project.data } satisfies ProjectContext} />
        </Suspense>
      </Box>
    </Box>
  );
}
