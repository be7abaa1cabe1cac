import Box from "@mui/material/Box";
import { type KeyboardEvent, type MouseEvent, useState } from "react";
import type { LayoutWell } from "../../api/analysis";
import { inNotation } from "../../i18n/numbers";
import { useText } from "../../i18n/useText";
import { VISUALLY_HIDDEN } from "./hidden";
import { block, type Place, rowName, wellName } from "./wells";

interface Props {
  size: readonly [number, number];
  wells: readonly LayoutWell[];
  seen: readonly string[];
  chosen: readonly string[];
  onChoose: (wells: readonly string[]) => void;
}

// told apart by all eyes; the words say it too
const TINTS = ["#0072b2", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#6a3fa0"];
/** Of a well, in pixels. */
const WIDEST_PX = 110;
const KINDS: Record<string, string> = { negative: "#8a9799", positive: "#d55e00", blank: "#cccccc" };

/**
 * The plate as a table of wells. A click chooses a well, a pull or Shift a block, Ctrl one more, a heading its row or
 * column; arrows move, Shift and arrows choose a block, Ctrl and A all.
 */
export function PlateGrid({ size: [rows, columns], wells, seen, chosen, onChoose }: Props) {
  const t = useText();
  const byName = new Map(wells.map((well) => [well.well, well]));
  const compounds = [...new Set(wells.map((well) => well.compound).filter(Boolean))];
  const isChosen = new Set(chosen);
  const [anchor, setAnchor] = useState<Place>({ row: 1, column: 1 });
  const [here, setHere] = useState(anchor);
  const go = (to: Place, event: { shiftKey: boolean; ctrlKey: boolean; metaKey: boolean }) => {
    setHere(to);
    if (event.shiftKey) return onChoose(block(anchor, to));
    setAnchor(to);
    const name = wellName(to.row, to.column);
    if (!event.ctrlKey && !event.metaKey) return onChoose([name]);
    onChoose(isChosen.has(name) ? chosen.filter((each) => each !== name) : [...chosen, name]);
  };
  const move = (event: KeyboardEvent) => {
    if (event.key === "a" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      return onChoose(block({ row: 1, column: 1 }, { row: rows, column: columns }));
    }
    const by = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
    if (!by) return;
    event.preventDefault();
    const to = {
      row: Math.min(rows, Math.max(1, here.row + (by[0] ?? 0))),
      column: Math.min(columns, Math.max(1, here.column + (by[1] ?? 0))),
    };
    go(to, { shiftKey: event.shiftKey, ctrlKey: false, metaKey: false });
    document.getElementById(`layout-${wellName(to.row, to.column)}`)?.focus();
  };
  const heading = (from: Place, to: Place) => ({
    onClick: () => {
      setAnchor(from);
      onChoose(block(from, to));
    },
    style: { cursor: "pointer" },
  });
  return (
    <Box sx={{ overflow: "auto", maxHeight: "70vh", position: "relative" }}>
      <Box
        component="table"
        role="grid"
        aria-multiselectable
        aria-label={t("plate.layout")}
        sx={{
          borderCollapse: "collapse",
          fontSize: 12,
          userSelect: "none",
          // names of compounds have room where there is any
          width: "100%",
          maxWidth: columns * WIDEST_PX,
        }}
      >
        <thead>
          <tr>
            <td />
            {Array.from({ length: columns }, (_, i) => (
              <th
                key={wellName(1, i + 1)}
                scope="col"
                {...heading({ row: 1, column: i + 1 }, { row: rows, column: i + 1 })}
              >
                {i + 1}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {Array.from({ length: rows }, (_, r) => (
            <tr key={rowName(r + 1)}>
              <th scope="row" {...heading({ row: r + 1, column: 1 }, { row: r + 1, column: columns })}>
                {rowName(r + 1)}
              </th>
              {Array.from({ length: columns }, (_, c) => {
                const place = { row: r + 1, column: c + 1 };
                const name = wellName(place.row, place.column);
                const well = byName.get(name);
                const lines = well
                  ? [
                      well.control && t(`plate.${well.control as "negative"}`),
                      well.compound,
                      well.dose && `${inNotation(well.dose)} ${well.dose_unit}`,
                    ].filter(Boolean)
                  : [];
                const tint = well?.compound
                  ? TINTS[compounds.indexOf(well.compound) % TINTS.length]
                  : KINDS[well?.control ?? ""];
                return (
                  <Box
                    component="td"
                    key={name}
                    id={`layout-${name}`}
                    role="gridcell"
                    tabIndex={here.row === place.row && here.column === place.column ? 0 : -1}
                    aria-selected={isChosen.has(name)}
                    onMouseDown={(event: MouseEvent) => event.button === 0 && go(place, event)}
                    onMouseEnter={(event: MouseEvent) => {
                      if (event.buttons === 1) onChoose(block(anchor, place));
                    }}
                    onKeyDown={move}
                    sx={{
                      border: 1,
                      borderColor: "divider",
                      borderTop: tint ? `4px solid ${tint}` : undefined,
                      minWidth: 76,
                      height: 42,
                      p: 0.25,
                      textAlign: "center",
                      cursor: "pointer",
                      bgcolor: isChosen.has(name)
                        ? "color-mix(in srgb, var(--mui-palette-primary-main) 24%, transparent)"
                        : seen.length > 0 && !seen.includes(name)
                          ? "action.hover"
                          : "background.paper",
                      outlineOffset: -3,
                    }}
                  >
                    <span style={VISUALLY_HIDDEN}>{`${name} `}</span>
                    {lines.map((line) => (
                      <div key={line}>{line}</div>
                    ))}
                  </Box>
                );
              })}
            </tr>
          ))}
        </tbody>
      </Box>
    </Box>
  );
}
