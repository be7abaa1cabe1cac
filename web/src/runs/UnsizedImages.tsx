import Alert from "@mui/material/Alert";
import Box from "@mui/material/Box";
import Button from "@mui/material/Button";
import { Link } from "react-router";
import { useImage } from "../api/images";
import { useText } from "../i18n/useText";

interface Props {
  projectId: string;
  /** Images of the project that state no pixel size. */
  count: number;
  /** Those that are to be segmented; null: all. */
  imageIds: string[] | null;
}

/** Before a run: lengths will be in pixels where neither file nor project gives a pixel size. */
export function UnsizedImages({ projectId, count, imageIds }: Props) {
  const only = imageIds?.length === 1 ? imageIds[0] : undefined;
  if (count === 0) return null;
  if (only !== undefined) return <UnsizedImage projectId={projectId} imageId={only} />;
  // of many that were chosen only the service knows which state one: what is said is true of the project
  return <Warning projectId={projectId} isOfProject={imageIds !== null} count={count} />;
}

function UnsizedImage({ projectId, imageId }: { projectId: string; imageId: string }) {
  const image = useImage(imageId);
  if (!image.data || image.data.pixel_size_um) return null;
  return <Warning projectId={projectId} isOfProject={false} count={1} />;
}

function Warning({
  projectId,
  isOfProject,
  count,
}: {
  projectId: string;
  isOfProject: boolean;
  count: number;
}) {
  const t = useText();
  return (
    <Alert severity="warning">
      <Box>{t(isOfProject ? "runs.inPixelsOfProject" : "runs.inPixels", { count })}</Box>
      <Button
        color="inherit"
        size="small"
        component={Link}
        to={`/projects/${projectId}/settings`}
        sx={{ ml: -0.75, mt: 0.5 }}
      >
        {t("runs.toScale")}
      </Button>
    </Alert>
  );
}
