import Box from "@mui/material/Box";
import Typography from "@mui/material/Typography";
import { useVirtualizer } from "@tanstack/react-virtual";
import { memo, useEffect, useMemo, useRef, useState } from "react";
import { flagName } from "../../i18n/flags";
import { classTitle } from "../../i18n/givenNames";
import { formatFixed } from "../../i18n/numbers";
import { useText } from "../../i18n/useText";
import { confidenceLevel } from "../../viewer/colours";
import { COLUMNS, type Column, type Row, sorted } from "./objectRows";

interface Props {
  rows: readonly Row[];
  unit: "µm" | "px";
  selected: ReadonlySet<number>;
  onSelect: (number: number | null, isAdding: boolean) => void;
}

export const ROW_PX = 34;
const TEMPLATE =
  "30px minmax(60px, 1.1fr) minmax(60px, 1.4fr) minmax(44px, 1fr) minmax(72px, 1fr) minmax(55px, 0.8fr)";
/** Areas from which on no decimal is shown: it would mean nothing and has no room. */
const LARGE = 10_000;
const NUMERIC: ReadonlySet<Column> = new Set(["number", "area", "diameter", "circularity"]);
const FIGURE = {
  textAlign: "right",
  fontVariantNumeric: "tabular-nums",
  overflow: "hidden",
  textOverflow: "ellipsis",
} as const;

/** All objects in rows that sort; only those on the screen are made. */
export const ObjectsTable = memo(function ObjectsTable({ rows, unit, selected, onSelect }: Props) {
  const t = useText();
  const scroller = useRef<HTMLDivElement>(null);
  const [sort, setSort] = useState<{ column: Column; isDown: boolean }>({ column: "number", isDown: false });
  const ordered = useMemo(() => sorted(rows, sort.column, sort.isDown), [rows, sort]);
  const decimals = unit === "µm" && !rows.some(({ area }) => (area ?? 0) >= LARGE) ? 1 : 0;
  const virtual = useVirtualizer({
    count: ordered.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    overscan: 8,
  });
  const first = [...selected].at(-1);
  const place = useMemo(() => ordered.findIndex((each) => each.number === first), [ordered, first]);
  useEffect(() => {
    if (place >= 0) virtual.scrollToIndex(place, { align: "auto" });
  }, [place, virtual]);
  const titles: Record<Column, string> = {
    number: t("image.number"),
    className: t("image.class"),
    area: `${t("editor.by_area")} (${unit}²)`,
    diameter: `⌀ (${unit})`,
    circularity: t("editor.by_circularity"),
    confidence: t("image.confidence"),
  };
  function move(event: React.KeyboardEvent) {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step === 0) return;
    event.preventDefault();
    event.stopPropagation();
    const next = ordered[Math.max(0, Math.min(ordered.length - 1, place + step))];
    if (next) onSelect(next.number, event.shiftKey);
  }
  return (
    <Box
      role="table"
      aria-label={t("image.panel_objects")}
      aria-rowcount={ordered.length + 1}
      sx={{ flex: 1, minHeight: 200, display: "flex", flexDirection: "column", fontSize: 13 }}
    >
      <Box
        role="row"
        sx={{
          display: "grid",
          gridTemplateColumns: TEMPLATE,
          gap: 0.5,
          borderBottom: 1,
          borderColor: "divider",
          px: 1,
        }}
      >
        {COLUMNS.map((name) => (
          <Box
            role="columnheader"
            sx={{ overflowWrap: "break-word", minWidth: 0, textAlign: NUMERIC.has(name) ? "right" : "left" }}
            key={name}
            aria-sort={sort.column === name ? (sort.isDown ? "descending" : "ascending") : "none"}
          >
            <Box
              component="button"
              type="button"
              onClick={() =>
                setSort((now) => ({ column: name, isDown: now.column === name ? !now.isDown : true }))
              }
              sx={{
                all: "unset",
                cursor: "pointer",
                py: 0.75,
                fontWeight: 600,
                fontSize: 11.5,
                display: "block",
                width: "100%",
                hyphens: "auto",
                "&:focus-visible": { outline: "2px solid", outlineColor: "primary.main" },
              }}
            >
              {titles[name]}
              {sort.column === name ? (sort.isDown ? " ↓" : " ↑") : ""}
            </Box>
          </Box>
        ))}
      </Box>
      {ordered.length === 0 && <Typography sx={{ p: 2 }}>{t("image.noObjects")}</Typography>}
      <Box
        ref={scroller}
        role="rowgroup"
        tabIndex={0}
        onKeyDown={move}
        sx={{ flex: 1, overflowY: "auto", minHeight: 120, "&:focus-visible": { outlineOffset: -3 } }}
      >
        <Box sx={{ height: virtual.getTotalSize(), position: "relative" }}>
          {virtual.getVirtualItems().map((item) => {
            const row = ordered[item.index];
            if (!row) return null;
            return (
              <Line
                key={row.number}
                row={row}
                index={item.index}
                top={item.start}
                decimals={decimals}
                isSelected={selected.has(row.number)}
                onSelect={onSelect}
              />
            );
          })}
        </Box>
      </Box>
    </Box>
  );
});

interface LineProps {
  row: Row;
  index: number;
  top: number;
  /** Of areas; lengths have one more. */
  decimals: number;
  isSelected: boolean;
  onSelect: Props["onSelect"];
}

function Line({ row, index, top, decimals, isSelected, onSelect }: LineProps) {
  const t = useText();
  const about = row.isProvisional ? "≈" : "";
  const leftOut = (reason: string) => t("exclusion.because", { reason: flagName(reason) });
  return (
    <Box
      role="row"
      aria-rowindex={index + 2}
      aria-selected={isSelected}
      data-number={row.number}
      onClick={(event) => onSelect(row.number, event.shiftKey || event.ctrlKey || event.metaKey)}
      sx={{
        position: "absolute",
        width: "100%",
        height: ROW_PX,
        display: "grid",
        gridTemplateColumns: TEMPLATE,
        gap: 0.5,
        alignItems: "center",
        px: 1,
        cursor: "pointer",
        whiteSpace: "nowrap",
        color: row.excluded.length > 0 ? "text.secondary" : undefined,
        bgcolor: isSelected ? "action.selected" : undefined,
        borderLeft: 3,
        borderColor: isSelected ? "primary.main" : "transparent",
        "&:hover": { bgcolor: "action.hover" },
      }}
      style={{ transform: `translateY(${top}px)` }}
    >
      <Box component="span" role="cell" sx={FIGURE}>
        {row.number > 0 ? row.number : "…"}
      </Box>
      <Box
        component="span"
        role="cell"
        sx={{ display: "flex", gap: 0.5, minWidth: 0 }}
        title={[classTitle(row.className), ...row.flags.map(flagName), ...row.excluded.map(leftOut)].join(
          ", ",
        )}
      >
        <Box component="span" sx={{ overflow: "hidden", textOverflow: "ellipsis" }}>
          {classTitle(row.className)}
        </Box>
        {/* a long name is cut, not what is said about the object */}
        {row.excluded.length > 0 && <span>✕</span>}
        {row.flags.length > 0 && <span>⚑</span>}
      </Box>
      <Box component="span" role="cell" sx={FIGURE}>
        {about + formatFixed(row.area, decimals)}
      </Box>
      <Box component="span" role="cell" sx={FIGURE}>
        {about + formatFixed(row.diameter, decimals + 1)}
      </Box>
      <Box component="span" role="cell" sx={FIGURE}>
        {about + formatFixed(row.circularity, 3)}
      </Box>
      <Box
        component="span"
        role="cell"
        title={formatFixed(row.confidence, 2)}
        sx={{ overflow: "hidden", textOverflow: "ellipsis" }}
      >
        {row.confidence === null ? "–" : t(`image.confidence_${confidenceLevel(row.confidence)}`)}
      </Box>
    </Box>
  );
}
