import Box from "@mui/material/Box";
import Breadcrumbs from "@mui/material/Breadcrumbs";
import Link from "@mui/material/Link";
import Stack from "@mui/material/Stack";
import Typography from "@mui/material/Typography";
import { Suspense, useEffect } from "react";
import { Link as RouterLink, useParams } from "react-router";
import { useFrames, useImage } from "../api/images";
import { useProject } from "../api/projects";
import { failureText } from "../api/sentences";
import { useTopic } from "../events/useTopic";
import { useText } from "../i18n/useText";
import { EmptyState } from "../ui/EmptyState";
import { AlertIcon } from "../ui/icons";
import { later } from "../ui/later";
import { PageSkeleton } from "../ui/PageSkeleton";
import { ProblemAlert } from "../ui/ProblemAlert";
import { Editor } from "./Editor";

const RunButton = later(() => import("../runs/RunButton"));

export default function ImagePage() {
  const t = useText();
  const { projectId = "", imageId = "" } = useParams();
  const project = useProject(projectId);
  const image = useImage(imageId);
  // asked for beside the image: who draws has to be known to draw on something
  const frames = useFrames(imageId);
  useTopic(`project:${projectId}`);
  const name = image.data?.name;
  useEffect(() => {
    if (name) document.title = `${name} · SpheroSeg`;
  }, [name]);
  const isReady = image.data?.state === "ready";
  if (image.isPending || project.isPending || (isReady && frames.isPending)) return <PageSkeleton />;
  if (project.isError) {
    return (
      <Box sx={{ p: 3 }}>
        <ProblemAlert error={project.error} onRetry={() => project.refetch()} />
      </Box>
    );
  }
  if (image.isError) {
    return (
      <Box sx={{ p: 3 }}>
        <ProblemAlert error={image.error} onRetry={() => image.refetch()} />
      </Box>
    );
  }
  return (
    <Box
      sx={{
        flex: { xs: 1, md: "none" },
        display: "flex",
        flexDirection: "column",
        height: { md: "calc(100dvh - 53px)" },
        minHeight: 0,
      }}
    >
      <Stack
        direction="row"
        useFlexGap
        sx={{
          px: 2,
          py: 1,
          gap: 2,
          flexWrap: "wrap",
          alignItems: "center",
          bgcolor: "background.paper",
          borderBottom: 1,
          borderColor: "divider",
        }}
      >
        <Breadcrumbs aria-label={t("projects.trail")} sx={{ mr: "auto" }}>
          <Link component={RouterLink} to="/projects">
            {t("projects.title")}
          </Link>
          <Link component={RouterLink} to={`/projects/${projectId}`}>
            {project.data?.name ?? "…"}
          </Link>
          <Typography
            component="h1"
            noWrap
            title={image.data.name}
            sx={{ fontWeight: 600, maxWidth: { xs: "80vw", md: 420 } }}
          >
            {image.data.name}
          </Typography>
        </Breadcrumbs>
        {project.data && project.data.role !== "viewer" && isReady && (
          <Suspense>
            <RunButton project={project.data} imageId={imageId} />
          </Suspense>
        )}
      </Stack>
      {isReady ? (
        <Editor key={imageId} image={image.data} project={project.data} />
      ) : (
        <Box sx={{ p: 3 }}>
          <EmptyState
            icon={<AlertIcon />}
            title={t(image.data.state === "failed" ? "images.state_unreadable" : "images.state_processing")}
          >
            {failureText(image.data.failure_code, image.data.failure_reason)}
          </EmptyState>
        </Box>
      )}
    </Box>
  );
}
