import Alert from "@mui/material/Alert";
import Box from "@mui/material/Box";
import Skeleton from "@mui/material/Skeleton";
import Typography from "@mui/material/Typography";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useMemo, useRef, useState } from "react";
import { columnTitle } from "../analysis/columns";
import { useText } from "../i18n/useText";
import { type ObjectOut, useObjects } from "../segmentation/queries";
import { EmptyState } from "../ui/EmptyState";
import { formatNumber } from "../ui/format";
import { PlayIcon } from "../ui/icons";
import { ProblemAlert } from "../ui/ProblemAlert";

interface Props {
  resultId: string | null;
  isRunning: boolean;
  failure: string | null;
  /** Outlines of a moved threshold are shown, which have no measures yet. */
  isPreview: boolean;
  nShown: number;
  selected: ReadonlySet<number>;
  onSelect: (number: number | null, isAdding: boolean) => void;
}

const WANTED = ["area_um2", "area_px2", "equivalent_diameter_um", "equivalent_diameter_px", "circularity"];
const ROW_PX = 36;

/** The objects of the shown version: a row is its outline, an outline its row. */
export function ObjectsPanel(props: Props) {
  const t = useText();
  const objects = useObjects(props.resultId);
  if (props.isRunning && !props.resultId)
    return (
      <Alert severity="info" sx={{ m: 2 }}>
        {t("image.isRunning")}
      </Alert>
    );
  if (props.failure && !props.resultId)
    return (
      <Alert severity="error" sx={{ m: 2 }}>
        {props.failure}
      </Alert>
    );
  if (!props.resultId) {
    return (
      <Box sx={{ p: 2 }}>
        <EmptyState icon={<PlayIcon />} title={t("image.noOutlines")}>
          {t("image.noOutlinesHelp")}
        </EmptyState>
      </Box>
    );
  }
  if (objects.isError)
    return (
      <Box sx={{ p: 2 }}>
        <ProblemAlert error={objects.error} onRetry={() => objects.refetch()} />
      </Box>
    );
  if (objects.isPending)
    return (
      <Box sx={{ p: 2 }}>
        {[0, 1, 2, 3, 4, 5].map((i) => (
          <Skeleton key={i} height={ROW_PX} />
        ))}
      </Box>
    );
  return (
    <>
      {props.isPreview && (
        <Alert severity="info" sx={{ m: 1 }}>
          {t("image.previewNote", { count: props.nShown })}
        </Alert>
      )}
      <Table objects={objects.data} selected={props.selected} onSelect={props.onSelect} />
    </>
  );
}

function Table({
  objects,
  selected,
  onSelect,
}: {
  objects: readonly ObjectOut[];
  selected: ReadonlySet<number>;
  onSelect: Props["onSelect"];
}) {
  const t = useText();
  const scroller = useRef<HTMLDivElement>(null);
  const [sort, setSort] = useState<{ column: string; isDown: boolean }>({ column: "number", isDown: false });
  const columns = useMemo(
    () => WANTED.filter((name) => objects.some((each) => typeof each.measures[name] === "number")),
    [objects],
  );
  const sorted = useMemo(() => {
    const value = (each: ObjectOut) =>
      sort.column === "number"
        ? each.number
        : sort.column === "confidence"
          ? each.confidence
          : (each.measures[sort.column] as number | null);
    const direction = sort.isDown ? -1 : 1;
    return [...objects].sort((a, b) => ((value(a) ?? -Infinity) - (value(b) ?? -Infinity)) * direction);
  }, [objects, sort]);
  const rows = useVirtualizer({
    count: sorted.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    overscan: 12,
  });
  const first = [...selected][0];
  const place = selected.size === 1 ? sorted.findIndex((each) => each.number === first) : -1;
  useEffect(() => {
    if (place >= 0) rows.scrollToIndex(place, { align: "auto" });
  }, [place, rows]);
  const all = ["number", "class", ...columns, "confidence"];
  const template = `44px minmax(64px, 1fr) ${columns.map(() => "minmax(70px, 1fr)").join(" ")} 60px`;
  const title = (name: string) =>
    name === "number"
      ? t("image.number")
      : name === "class"
        ? t("image.class")
        : name === "confidence"
          ? t("image.confidence")
          : columnTitle(name);
  function move(event: React.KeyboardEvent) {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step === 0) return;
    event.preventDefault();
    event.stopPropagation();
    const next = sorted[Math.max(0, Math.min(sorted.length - 1, place + step))];
    if (next) onSelect(next.number, false);
  }
  return (
    <Box
      role="table"
      aria-label={t("image.panel_objects")}
      aria-rowcount={sorted.length + 1}
      sx={{ flex: 1, minHeight: 200, display: "flex", flexDirection: "column", fontSize: 13 }}
    >
      <Box
        role="row"
        sx={{
          display: "grid",
          gridTemplateColumns: template,
          borderBottom: 1,
          borderColor: "divider",
          px: 1,
        }}
      >
        {all.map((name) => (
          <Box
            role="columnheader"
            key={name}
            aria-sort={sort.column === name ? (sort.isDown ? "descending" : "ascending") : "none"}
          >
            <Box
              component="button"
              type="button"
              disabled={name === "class"}
              onClick={() =>
                setSort((now) => ({ column: name, isDown: now.column === name ? !now.isDown : true }))
              }
              sx={{
                all: "unset",
                cursor: name === "class" ? "default" : "pointer",
                py: 1,
                fontWeight: 600,
                fontSize: 12,
                width: "100%",
                hyphens: "auto",
                "&:focus-visible": { outline: "2px solid", outlineColor: "primary.main" },
              }}
            >
              {title(name)}
              {sort.column === name ? (sort.isDown ? " ↓" : " ↑") : ""}
            </Box>
          </Box>
        ))}
      </Box>
      {sorted.length === 0 && <Typography sx={{ p: 2 }}>{t("image.noObjects")}</Typography>}
      <Box
        ref={scroller}
        role="rowgroup"
        tabIndex={0}
        onKeyDown={move}
        sx={{ flex: 1, overflowY: "auto", minHeight: 120, "&:focus-visible": { outlineOffset: -3 } }}
      >
        <Box sx={{ height: rows.getTotalSize(), position: "relative" }}>
          {rows.getVirtualItems().map((row) => {
            const each = sorted[row.index];
            if (!each) return null;
            const isSelected = selected.has(each.number);
            return (
              <Box
                key={each.number}
                role="row"
                aria-rowindex={row.index + 2}
                aria-selected={isSelected}
                data-number={each.number}
                onClick={(event) => onSelect(each.number, event.shiftKey || event.ctrlKey || event.metaKey)}
                sx={{
                  position: "absolute",
                  width: "100%",
                  height: ROW_PX,
                  display: "grid",
                  gridTemplateColumns: template,
                  alignItems: "center",
                  px: 1,
                  cursor: "pointer",
                  bgcolor: isSelected ? "action.selected" : undefined,
                  borderLeft: 3,
                  borderColor: isSelected ? "primary.main" : "transparent",
                  "&:hover": { bgcolor: "action.hover" },
                }}
                style={{ transform: `translateY(${row.start}px)` }}
              >
                <span role="cell">{each.number}</span>
                <Box
                  component="span"
                  role="cell"
                  sx={{ overflow: "hidden", textOverflow: "ellipsis" }}
                  title={each.flags.join(", ") || undefined}
                >
                  {each.class_name}
                  {each.flags.length > 0 && " ⚑"}
                </Box>
                {columns.map((name) => (
                  <span role="cell" key={name}>
                    {formatNumber(each.measures[name] as number | null)}
                  </span>
                ))}
                <span role="cell">{formatNumber(each.confidence, 2)}</span>
              </Box>
            );
          })}
        </Box>
      </Box>
    </Box>
  );
}
