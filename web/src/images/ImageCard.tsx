import Box from "@mui/material/Box";
import Checkbox from "@mui/material/Checkbox";
import Stack from "@mui/material/Stack";
import Typography from "@mui/material/Typography";
import { memo } from "react";
import { Link } from "react-router";
import type { TextKey } from "../i18n";
import { useText } from "../i18n/useText";
import { AlertIcon, EditIcon } from "../ui/icons";
import type { ImageSummary } from "./queries";
import { Thumbnail } from "./Thumbnail";

const STATE_COLOURS: Record<ImageSummary["segmentation_state"], string> = {
  none: "text.disabled",
  queued: "info.main",
  running: "info.main",
  done: "success.main",
  failed: "error.main",
  cancelled: "warning.main",
};

/** What a person wants to know about an image's state, in one word. */
export function stateText(image: ImageSummary): TextKey {
  if (image.state === "failed") return "images.state_unreadable";
  if (image.state === "processing") return "images.state_processing";
  return `images.state_${image.segmentation_state}`;
}

interface Props {
  image: ImageSummary;
  isSelected: boolean;
  isTrash: boolean;
  height: number;
  onSelect: (image: ImageSummary, held: { shift: boolean; mod: boolean }) => void;
}

export const ImageCard = memo(function ImageCard({ image, isSelected, isTrash, height, onSelect }: Props) {
  const t = useText();
  const colour = image.state === "failed" ? "error.main" : STATE_COLOURS[image.segmentation_state];
  const picture = <Thumbnail image={image} height={height - 58} />;
  return (
    <Box
      sx={{
        position: "relative",
        height,
        border: 1,
        borderColor: isSelected ? "primary.main" : "divider",
        outline: isSelected ? "2px solid" : "none",
        outlineColor: "primary.main",
        borderRadius: 2,
        overflow: "hidden",
        bgcolor: "background.paper",
      }}
    >
      {isTrash || image.state !== "ready" ? (
        picture
      ) : (
        <Link
          to={`/projects/${image.project_id}/images/${image.id}`}
          aria-label={t("images.open", { name: image.name })}
          style={{ display: "block" }}
        >
          {picture}
        </Link>
      )}
      <Checkbox
        size="small"
        checked={isSelected}
        slotProps={{ input: { "aria-label": t("images.select", { name: image.name }) } }}
        onClick={(event) => onSelect(image, { shift: event.shiftKey, mod: !event.shiftKey })}
        sx={{
          position: "absolute",
          top: 4,
          left: 4,
          p: 0.25,
          borderRadius: 1,
          bgcolor: "background.paper",
          "&:hover": { bgcolor: "background.paper" },
        }}
      />
      <Box sx={{ px: 1, pt: 0.75 }}>
        <Typography
          variant="body2"
          noWrap
          title={image.relative_path ? `${image.relative_path}/${image.name}` : image.name}
        >
          {image.name}
        </Typography>
        <Stack direction="row" spacing={0.75} sx={{ alignItems: "center", minWidth: 0 }}>
          {image.state === "failed" ? (
            <AlertIcon sx={{ fontSize: 14, color: "error.main" }} />
          ) : (
            <Box sx={{ width: 8, height: 8, borderRadius: 4, bgcolor: colour, flexShrink: 0 }} />
          )}
          <Typography
            variant="caption"
            color="text.secondary"
            noWrap
            title={image.failure_reason ?? undefined}
          >
            {[
              image.segmentation_state === "done"
                ? t("images.nObjects", { count: image.n_objects })
                : t(stateText(image)),
              image.well,
              image.n_frames > 1 ? t("images.nFrames", { count: image.n_frames }) : "",
            ]
              .filter(Boolean)
              .join(" · ")}
          </Typography>
          {image.is_edited && (
            <EditIcon titleAccess={t("images.edited")} sx={{ fontSize: 14, color: "text.secondary" }} />
          )}
        </Stack>
      </Box>
    </Box>
  );
});
