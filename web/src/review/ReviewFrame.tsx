import Box from "@mui/material/Box";
import Button from "@mui/material/Button";
import Chip from "@mui/material/Chip";
import Link from "@mui/material/Link";
import Stack from "@mui/material/Stack";
import Typography from "@mui/material/Typography";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useMemo, useState } from "react";
import { Link as RouterLink, useNavigate } from "react-router";
import { measuringOf, useImage } from "../api/images";
import { outlinesOf, sliceOf, useOutlines, useResult } from "../api/results";
import { flagName } from "../i18n/flags";
import { useText } from "../i18n/useText";
import { useActions } from "../ui/actions";
import { formatPercent } from "../ui/format";
import { BackIcon, CheckIcon, ChevronIcon, CloseIcon, EditIcon } from "../ui/icons";
import { colourOf, confidenceLevel } from "../viewer/colours";
import { defaultDisplay, tileUrl } from "../viewer/display";
import { ImageView } from "../viewer/ImageView";
import { ReviewReasons } from "./ReviewReasons";
import { type ReviewChange, type ReviewItem, useReviewFrame } from "./reviewQueue";

const LOOK = { fillOpacity: 0, lineWidth: 2, opacity: 1, showLabels: true };
const NONE: ReadonlySet<number> = new Set();

interface Props {
  projectId: string;
  item: ReviewItem;
  /** What comes next: its outlines are fetched meanwhile. */
  next: ReviewItem | undefined;
  canEdit: boolean;
  onMove: (step: number) => void;
}

/** A frame with its outlines, and what can be said of it. */
export function ReviewFrame({ projectId, item, next, canEdit, onMove }: Props) {
  const t = useText();
  const navigate = useNavigate();
  const client = useQueryClient();
  const [isExcluding, setExcluding] = useState(false);
  const image = useImage(item.image_id);
  const outlines = useOutlines(item.result_id);
  const result = useResult(item.result_id);
  const review = useReviewFrame(projectId);
  const nextResult = next?.result_id;
  useEffect(() => {
    if (nextResult) void client.prefetchQuery(outlinesOf(nextResult));
  }, [client, nextResult]);
  const drawn = useMemo(
    () =>
      (outlines.data?.objects ?? []).map((each) => ({
        key: each.number,
        outline: each.outline,
        colour: colourOf(each, "flags"),
      })),
    [outlines.data],
  );
  const display = useMemo(() => (image.data ? defaultDisplay(image.data) : []), [image.data]);
  const z = sliceOf(result.data?.run_card, image.data?.n_slices ?? 1);
  const isOwn = outlines.data?.resultId === item.result_id;
  const address = `/projects/${projectId}/images/${item.image_id}?frame=${item.frame}`;
  function say(change: ReviewChange, step: number) {
    setExcluding(false);
    review.mutate({ item, change });
    onMove(step);
  }
  const accept = () => say({ state: "accepted", note: "" }, 1);
  const takeBack = () => say({ state: "unreviewed", note: "" }, 0);
  const isUnreviewed = item.review === "unreviewed";
  useActions({
    title: "review.title",
    actions: [
      { id: "accept", title: "review.accept", keys: ["A", "Enter"], run: accept, isEnabled: () => canEdit },
      {
        id: "exclude",
        title: "review.exclude",
        keys: ["X", "Delete"],
        run: () => setExcluding(true),
        isEnabled: () => canEdit,
      },
      {
        id: "edit",
        title: "review.edit",
        keys: ["E"],
        run: () => navigate(address),
        isEnabled: () => canEdit,
      },
      { id: "next", title: "review.next", keys: ["J", "N", "Space"], run: () => onMove(1) },
      { id: "previous", title: "review.previous", keys: ["K", "P"], run: () => onMove(-1) },
      {
        id: "takeBack",
        title: "review.takeBack",
        keys: ["U"],
        run: takeBack,
        isEnabled: () => canEdit && !isUnreviewed,
      },
    ],
  });
  return (
    <Box
      sx={{
        flex: 1,
        minHeight: 420,
        display: "flex",
        flexDirection: "column",
        border: 1,
        borderColor: "divider",
        borderRadius: 2,
        overflow: "hidden",
      }}
    >
      <Stack
        direction="row"
        useFlexGap
        sx={{ p: 1, gap: 1, flexWrap: "wrap", alignItems: "center", bgcolor: "background.paper" }}
      >
        <Button startIcon={<BackIcon />} onClick={() => onMove(-1)}>
          {t("review.previous")}
        </Button>
        {canEdit && (
          <>
            <Button variant="contained" startIcon={<CheckIcon />} onClick={accept}>
              {t("review.accept")}
            </Button>
            <Button
              color="error"
              startIcon={<CloseIcon />}
              aria-expanded={isExcluding}
              onClick={() => setExcluding(!isExcluding)}
            >
              {t("review.exclude")}
            </Button>
            <Button startIcon={<EditIcon />} component={RouterLink} to={address}>
              {t("review.edit")}
            </Button>
          </>
        )}
        <Button endIcon={<ChevronIcon />} onClick={() => onMove(1)}>
          {t("review.next")}
        </Button>
        <Typography variant="body2" sx={{ ml: "auto", overflowWrap: "anywhere" }}>
          <Link component={RouterLink} to={address}>
            {[item.image, item.well, item.n_frames > 1 && `${item.frame + 1}/${item.n_frames}`]
              .filter(Boolean)
              .join(" · ")}
          </Link>
        </Typography>
        {!isUnreviewed && (
          <Chip
            size="small"
            color={item.review === "accepted" ? "success" : "error"}
            label={t(`review.state_${item.review}`)}
            onDelete={canEdit ? takeBack : undefined}
          />
        )}
        <Chip size="small" label={t("images.nObjects", { count: item.n_objects })} />
        {item.min_confidence !== null && (
          <Chip
            size="small"
            title={formatPercent(item.min_confidence)}
            label={t("review.confidence", {
              value: t(`image.confidence_${confidenceLevel(item.min_confidence)}`),
            })}
          />
        )}
        {Object.entries(item.flags).map(([flag, count]) => (
          <Chip
            key={flag}
            size="small"
            color="warning"
            variant="outlined"
            label={count > 1 ? `${flagName(flag)} × ${count}` : flagName(flag)}
          />
        ))}
      </Stack>
      {isExcluding && (
        <ReviewReasons
          onChoose={(reason) => say({ state: "excluded", reason, note: "" }, 1)}
          onCancel={() => setExcluding(false)}
        />
      )}
      {image.data && image.data.state === "ready" && (
        <ImageView
          key={item.image_id}
          name={image.data.name}
          width={image.data.width ?? 1}
          height={image.data.height ?? 1}
          pixelSizeUm={measuringOf(image.data).pixelSizeUm?.x ?? null}
          tilesKey={`${item.image_id} ${item.frame} ${z}`}
          tileUrl={(...where) => tileUrl(item.image_id, display, item.frame, z, where)}
          outlines={isOwn ? drawn : []}
          look={LOOK}
          selected={NONE}
          focus={null}
        />
      )}
    </Box>
  );
}
