import { memo } from "react";
import { Link } from "react-router";
import type { ImageSummary } from "../api/images";
import { failureText } from "../api/sentences";
import type { TextKey } from "../i18n";
import { flagName } from "../i18n/flags";
import { formatElapsed } from "../i18n/numbers";
import { useText } from "../i18n/useText";
import { AlertIcon, CheckIcon, CloseIcon, EditIcon } from "../ui/icons";
import { pictureStyles } from "./pictureStyles";
import { Thumbnail } from "./Thumbnail";

/** What a person wants to know about an image's state, in one word. */
function stateText(image: ImageSummary): TextKey {
  if (image.state === "failed") return "images.state_unreadable";
  if (image.state === "processing") return "images.state_processing";
  return `images.state_${image.segmentation_state}`;
}

/**
 * The look of all cards, written once for the list that holds them: hundreds are drawn while scrolling, and a style of
 * its own for each would cost more than the card.
 */
export const cardStyles = {
  "& .row": { position: "absolute", top: 0, left: 0, right: 0, display: "grid" },
  "& .card, & .waiting": {
    position: "relative",
    border: "1px solid",
    borderColor: "divider",
    borderRadius: 2,
    overflow: "hidden",
    bgcolor: "background.paper",
    contain: "strict",
  },
  "& .waiting": { bgcolor: "action.hover" },
  "& .card.chosen": {
    borderColor: "primary.main",
    boxShadow: "inset 0 0 0 2px var(--mui-palette-primary-main)",
  },
  "& .card.excluded .picture": { opacity: 0.4 },
  "& .to": { display: "block", color: "inherit", textDecoration: "none" },
  "& .to:focus-visible": { outlineOffset: -3 },
  ...pictureStyles,
  "& .choose": {
    position: "absolute",
    top: 4,
    left: 4,
    width: 24,
    height: 24,
    display: "grid",
    placeItems: "center",
    borderRadius: 1,
    bgcolor: "background.paper",
  },
  "& .choose input": { width: 17, height: 17, m: 0, accentColor: "var(--mui-palette-primary-main)" },
  "& .about": { px: 1, pt: 0.75, fontSize: 14, lineHeight: 1.43 },
  "& .about > *": { whiteSpace: "nowrap", overflow: "hidden", textOverflow: "ellipsis" },
  "& .state": { display: "flex", alignItems: "center", gap: 0.75, fontSize: 12, color: "text.secondary" },
  "& .state > span": { overflow: "hidden", textOverflow: "ellipsis" },
  "& .dot": { flex: "none", width: 8, height: 8, borderRadius: 4, bgcolor: "text.disabled" },
  "& .queued .dot, & .running .dot": { bgcolor: "info.main" },
  "& .done .dot": { bgcolor: "success.main" },
  "& .cancelled .dot": { bgcolor: "warning.main" },
  "& .failed .dot": { bgcolor: "error.main" },
} as const;

interface Props {
  image: ImageSummary;
  isSelected: boolean;
  /** The one that the Tab key leads to. */
  isCurrent: boolean;
  isTrash: boolean;
  height: number;
  /** What is in the image's well. */
  condition: string;
  onSelect: (image: ImageSummary, held: { shift: boolean; mod: boolean }) => void;
}

export const ImageCard = memo(function ImageCard({
  image,
  isSelected,
  isCurrent,
  isTrash,
  height,
  condition,
  onSelect,
}: Props) {
  const t = useText();
  const tabIndex = isCurrent ? 0 : -1;
  const picture = <Thumbnail image={image} height={height - 58} />;
  const caption = [
    image.segmentation_state === "done"
      ? t("images.nObjects", { count: image.n_objects })
      : t(stateText(image)),
    image.plate,
    image.well,
    image.time_s === null ? "" : formatElapsed(image.time_s),
    image.n_frames > 1 ? t("images.nFrames", { count: image.n_frames }) : "",
    condition, // the longest, so that it is what a narrow card cuts
  ]
    .filter(Boolean)
    .join(" · ");
  return (
    <div
      className={`card ${isSelected ? "chosen" : ""} ${image.review === "excluded" ? "excluded" : ""}`}
      style={{ height }}
    >
      {isTrash || image.state !== "ready" ? (
        <div className="to" tabIndex={tabIndex}>
          {picture}
        </div>
      ) : (
        <Link
          className="to"
          to={`/projects/${image.project_id}/images/${image.id}`}
          aria-label={t("images.open", { name: image.name })}
          tabIndex={tabIndex}
        >
          {picture}
        </Link>
      )}
      <span className="choose">
        <input
          type="checkbox"
          checked={isSelected}
          tabIndex={tabIndex}
          aria-label={t("images.select", { name: image.name })}
          onChange={() => undefined}
          onClick={(event) => onSelect(image, { shift: event.shiftKey, mod: !event.shiftKey })}
        />
      </span>
      <div className="about">
        <div title={image.relative_path ? `${image.relative_path}/${image.name}` : image.name}>
          {image.series_name ? `${image.name} · ${image.series_name}` : image.name}
        </div>
        <div
          className={`state ${image.state === "failed" ? "failed" : image.segmentation_state}`}
          title={image.state === "failed" ? failureText(image.failure_code, image.failure_reason) : caption}
        >
          {image.state === "failed" ? (
            <AlertIcon sx={{ fontSize: 14, color: "error.main" }} />
          ) : (
            <span className="dot" />
          )}
          <span>{caption}</span>
          {image.flags.length > 0 && (
            <AlertIcon
              titleAccess={image.flags.map(flagName).join(", ")}
              sx={{ fontSize: 14, color: "warning.main" }}
            />
          )}
          {image.review === "accepted" && (
            <CheckIcon
              titleAccess={t("review.state_accepted")}
              sx={{ fontSize: 14, color: "success.main" }}
            />
          )}
          {image.review === "excluded" && (
            <CloseIcon titleAccess={t("review.state_excluded")} sx={{ fontSize: 14, color: "error.main" }} />
          )}
          {image.is_edited && <EditIcon titleAccess={t("images.edited")} sx={{ fontSize: 14 }} />}
        </div>
      </div>
    </div>
  );
});
