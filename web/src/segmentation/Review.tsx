import Box from "@mui/material/Box";
import Button from "@mui/material/Button";
import Chip from "@mui/material/Chip";
import Link from "@mui/material/Link";
import MenuItem from "@mui/material/MenuItem";
import Stack from "@mui/material/Stack";
import TextField from "@mui/material/TextField";
import Typography from "@mui/material/Typography";
import { useMemo, useState } from "react";
import { Link as RouterLink, useOutletContext } from "react-router";
import { type ObjectRow, useProjectTable } from "../analysis/queries";
import { useText } from "../i18n/useText";
import { colourOf } from "../images/colours";
import { defaultDisplay, tileUrl } from "../images/display";
import { ImageView } from "../images/ImageView";
import { useImage } from "../images/queries";
import type { ProjectContext } from "../projects/ProjectPage";
import { useActions } from "../ui/actions";
import { EmptyState } from "../ui/EmptyState";
import { formatPercent } from "../ui/format";
import { BackIcon, CheckIcon, ChevronIcon, TrashIcon } from "../ui/icons";
import { PageSkeleton } from "../ui/PageSkeleton";
import { ProblemAlert } from "../ui/ProblemAlert";
import { useRemoveObject, useUndoEdit } from "./edits";
import { useOutlines } from "./queries";
import { ORDERS, type Order, queueOf } from "./reviewQueue";

/** One object after the other, what is least sure first; hands stay on the keyboard. */
export default function Review() {
  const t = useText();
  const { project } = useOutletContext<ProjectContext>();
  const table = useProjectTable(project.id);
  const [order, setOrder] = useState<Order>("flagged");
  const [place, setPlace] = useState(0);
  const queue = useMemo(() => queueOf(table.data?.rows ?? [], order), [table.data, order]);
  if (table.isPending) return <PageSkeleton />;
  if (table.isError) return <ProblemAlert error={table.error} onRetry={() => table.refetch()} />;
  const here = Math.min(place, queue.length - 1);
  const row = queue[here];
  return (
    <Stack spacing={1.5} sx={{ flex: 1, minHeight: 0 }}>
      <Stack direction="row" useFlexGap sx={{ gap: 1.5, flexWrap: "wrap", alignItems: "center" }}>
        <TextField
          select
          label={t("review.order")}
          value={order}
          onChange={(event) => {
            setOrder(event.target.value as Order);
            setPlace(0);
          }}
          sx={{ width: 220 }}
        >
          {ORDERS.map((each) => (
            <MenuItem key={each} value={each}>
              {t(`review.order_${each}`)}
            </MenuItem>
          ))}
        </TextField>
        <Typography role="status">
          {t("review.progress", { place: queue.length === 0 ? 0 : here + 1, count: queue.length })}
        </Typography>
      </Stack>
      {row ? (
        <Reviewed
          row={row}
          canEdit={project.role !== "viewer"}
          onMove={(step) => setPlace(Math.max(0, Math.min(queue.length - 1, here + step)))}
        />
      ) : (
        <EmptyState icon={<CheckIcon />} title={t(order === "flagged" ? "review.noFlags" : "review.none")}>
          {t("review.explanation")}
        </EmptyState>
      )}
    </Stack>
  );
}

function Reviewed({
  row,
  canEdit,
  onMove,
}: {
  row: ObjectRow;
  canEdit: boolean;
  onMove: (step: number) => void;
}) {
  const t = useText();
  const imageId = String(row.image_id);
  const resultId = String(row.result_id);
  const number = Number(row.number);
  const image = useImage(imageId);
  const outlines = useOutlines(resultId);
  const remove = useRemoveObject();
  const undo = useUndoEdit();
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
  const selected = useMemo(() => new Set([number]), [number]);
  const isOwn = outlines.data?.resultId === resultId;
  const version = isOwn ? outlines.data?.version : undefined;
  function takeAway() {
    if (version !== undefined) remove.mutate({ resultId, number, version });
  }
  useActions({
    title: "review.title",
    actions: [
      { id: "next", title: "review.next", keys: ["J", "N", "Space"], run: () => onMove(1) },
      { id: "previous", title: "review.previous", keys: ["K", "P"], run: () => onMove(-1) },
      {
        id: "remove",
        title: "review.remove",
        keys: ["X", "Delete"],
        run: takeAway,
        isEnabled: () => canEdit,
      },
      {
        id: "undo",
        title: "app.undo",
        keys: ["Mod+Z"],
        run: () => undo.mutate(remove.variables?.resultId ?? resultId),
        isEnabled: () => canEdit,
      },
    ],
  });
  const flags = String(row.flags ?? "")
    .split(";")
    .filter(Boolean);
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
        <Button variant="contained" endIcon={<ChevronIcon />} onClick={() => onMove(1)}>
          {t("review.next")}
        </Button>
        {canEdit && (
          <Button
            color="error"
            startIcon={<TrashIcon />}
            disabled={version === undefined}
            loading={remove.isPending}
            onClick={takeAway}
          >
            {t("review.remove")}
          </Button>
        )}
        {canEdit && remove.isSuccess && (
          <Button onClick={() => undo.mutate(remove.variables.resultId)} loading={undo.isPending}>
            {t("app.undo")}
          </Button>
        )}
        <Typography variant="body2" sx={{ ml: "auto", overflowWrap: "anywhere" }}>
          <Link
            component={RouterLink}
            to={`/projects/${image.data?.project_id ?? ""}/images/${imageId}?frame=${row.frame}&object=${number}`}
          >
            {String(row.image)} · {number}
          </Link>
        </Typography>
        {typeof row.confidence === "number" && (
          <Chip size="small" label={t("review.confidence", { value: formatPercent(row.confidence) })} />
        )}
        {flags.map((flag) => (
          <Chip
            key={flag}
            size="small"
            color="warning"
            variant="outlined"
            label={flag.replaceAll("_", " ")}
          />
        ))}
      </Stack>
      {image.data && image.data.state === "ready" && (
        <ImageView
          key={imageId}
          name={image.data.name}
          width={image.data.width ?? 1}
          height={image.data.height ?? 1}
          pixelSizeUm={image.data.pixel_size_x_um}
          tilesKey={imageId + String(row.frame)}
          tileUrl={(...where) =>
            tileUrl(imageId, display, Number(row.frame), Math.floor((image.data?.n_slices ?? 1) / 2), where)
          }
          outlines={isOwn ? drawn : []}
          look={LOOK}
          selected={selected}
          focus={number}
          onSelect={() => undefined}
        />
      )}
    </Box>
  );
}

const LOOK = { fillOpacity: 0, lineWidth: 2, opacity: 1, showLabels: true };
