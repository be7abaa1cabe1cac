import Box from "@mui/material/Box";
import { type KeyboardEvent, type MouseEvent, useState } from "react";
import type { LayoutWell } from "../../api/analysis";
import { useText } from "../../i18n/useText";
import { placeOf, rowName, wellName } from "./wells";

interface Props {
  size: readonly [number, number];
  wells: readonly LayoutWell[];
  seen: readonly string[];
  chosen: readonly string[];
  onChoose: (wells: readonly string[]) => void;
}

/** The plate as a table of wells. A click chooses a well, Shift a block, Ctrl one more; arrows move, Shift and arrows choose a block. */
export function PlateGrid({ size: [rows, columns], wells, seen, chosen, onChoose }: Props) {
  const t = useText();
  const byName = new Map(wells.map((well) => [well.well, well]));
  const [anchor, setAnchor] = useState({ row: 1, column: 1 });
  const [here, setHere] = useState(anchor);
  const block = (from: typeof anchor, to: typeof anchor) => {
    const names: string[] = [];
    for (let row = Math.min(from.row, to.row); row <= Math.max(from.row, to.row); row++)
      for (
        let column = Math.min(from.column, to.column);
        column <= Math.max(from.column, to.column);
        column++
      )
        names.push(wellName(row, column));
    return names;
  };
  const go = (to: typeof anchor, event: { shiftKey: boolean; ctrlKey: boolean; metaKey: boolean }) => {
    setHere(to);
    if (event.shiftKey) return onChoose(block(anchor, to));
    setAnchor(to);
    const name = wellName(to.row, to.column);
    if (!event.ctrlKey && !event.metaKey) return onChoose([name]);
    onChoose(chosen.includes(name) ? chosen.filter((each) => each !== name) : [...chosen, name]);
  };
  const move = (event: KeyboardEvent) => {
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
  return (
    <Box sx={{ overflow: "auto" }}>
      <Box
        component="table"
        role="grid"
        aria-multiselectable
        aria-label={t("plate.layout")}
        sx={{ borderCollapse: "collapse", fontSize: 12, userSelect: "none" }}
      >
        <thead>
          <tr>
            <td />
            {Array.from({ length: columns }, (_, i) => (
              <th key={wellName(1, i + 1)} scope="col">
                {i + 1}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {Array.from({ length: rows }, (_, r) => (
            <tr key={rowName(r + 1)}>
              <th scope="row">{rowName(r + 1)}</th>
              {Array.from({ length: columns }, (_, c) => {
                const name = wellName(r + 1, c + 1);
                const well = byName.get(name);
                const said = well
                  ? [
                      well.control && t(`plate.${well.control as "negative"}`),
                      well.compound,
                      well.dose && `${well.dose} ${well.dose_unit}`,
                    ].filter(Boolean)
                  : [];
                return (
                  <Box
                    component="td"
                    key={name}
                    id={`layout-${name}`}
                    role="gridcell"
                    tabIndex={here.row === r + 1 && here.column === c + 1 ? 0 : -1}
                    aria-selected={chosen.includes(name)}
                    aria-label={[name, ...said].join(", ")}
                    onClick={(event: MouseEvent) => go(placeOf(name) ?? anchor, event)}
                    onKeyDown={move}
                    sx={{
                      border: 1,
                      borderColor: "divider",
                      minWidth: 62,
                      height: 40,
                      p: 0.25,
                      textAlign: "center",
                      cursor: "pointer",
                      opacity: seen.length === 0 || seen.includes(name) ? 1 : 0.5,
                      bgcolor: chosen.includes(name) ? "action.selected" : undefined,
                    }}
                  >
                    {said.map((line) => (
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
