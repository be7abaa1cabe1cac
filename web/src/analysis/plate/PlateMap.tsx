import { type KeyboardEvent, useState } from "react";
import type { Row } from "../../api/analysis";
import { useText } from "../../i18n/useText";
import { Chart, short } from "./Chart";
import { plateOf, rowName, wellName } from "./wells";

interface Props {
  title: string;
  rows: readonly Row[];
  value: string;
  unit: string;
  chosen: string | null;
  onChoose: (well: string) => void;
  onData: () => void;
}

const CELL = 44;

/** A heat map of the plate. One well has the focus; arrows move it, Enter opens it. */
export function PlateMap({ title, rows, value, unit, chosen, onChoose, onData }: Props) {
  const t = useText();
  const byWell = new Map(rows.map((row) => [String(row.well), row]));
  const [nRows, nColumns] = plateOf([...byWell.keys()]);
  const numbers = rows.map((row) => row[value]).filter((each) => typeof each === "number");
  const [low, high] = [Math.min(...numbers), Math.max(...numbers)];
  const [focus, setFocus] = useState({ row: 1, column: 1 });
  const move = (event: KeyboardEvent) => {
    const by = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
    if (event.key === "Enter" || event.key === " ") onChoose(wellName(focus.row, focus.column));
    else if (by) {
      const row = Math.min(nRows, Math.max(1, focus.row + (by[0] ?? 0)));
      const column = Math.min(nColumns, Math.max(1, focus.column + (by[1] ?? 0)));
      setFocus({ row, column });
      document.getElementById(`well-${wellName(row, column)}`)?.focus();
    } else return;
    event.preventDefault();
  };
  const width = (nColumns + 1) * CELL;
  return (
    <Chart
      title={title}
      width={width}
      height={(nRows + 2) * CELL}
      description={t("plate.mapLabel")}
      onData={onData}
    >
      <g fontSize={12} fill="currentColor" textAnchor="middle" aria-hidden>
        {Array.from({ length: nColumns }, (_, i) => (
          <text key={wellName(1, i + 1)} x={(i + 1.5) * CELL} y={CELL * 0.7}>
            {i + 1}
          </text>
        ))}
        {Array.from({ length: nRows }, (_, i) => (
          <text key={rowName(i + 1)} x={CELL / 2} y={(i + 1.6) * CELL}>
            {rowName(i + 1)}
          </text>
        ))}
        <text x={width / 2} y={(nRows + 1.6) * CELL}>
          {numbers.length > 0 ? `${short(low)} … ${short(high)} ${unit}` : t("plate.noValues")}
        </text>
      </g>
      {Array.from({ length: nRows * nColumns }, (_, i) => {
        const row = Math.floor(i / nColumns) + 1;
        const column = (i % nColumns) + 1;
        const name = wellName(row, column);
        const well = byWell.get(name);
        const number = well?.[value];
        const share = typeof number === "number" ? (high > low ? (number - low) / (high - low) : 0.5) : null;
        const counts = !well || well.status === "used" || well.status === "no_condition";
        const said = [
          name,
          well?.condition,
          typeof number === "number" ? `${short(number)} ${unit}` : t("plate.noValue"),
          counts ? "" : String(well?.status),
        ];
        return (
          <g
            key={name}
            id={`well-${name}`}
            role="button"
            aria-label={said.filter(Boolean).join(", ")}
            aria-pressed={chosen === name}
            tabIndex={focus.row === row && focus.column === column ? 0 : -1}
            onClick={() => {
              setFocus({ row, column });
              onChoose(name);
            }}
            onKeyDown={move}
            style={{ cursor: "pointer" }}
          >
            <title>{said.filter(Boolean).join(", ")}</title>
            <circle
              cx={(column + 0.5) * CELL}
              cy={(row + 0.5) * CELL}
              r={CELL * 0.42}
              fill={share === null ? "transparent" : colour(share)}
              stroke={chosen === name ? "#d55e00" : "#999"}
              strokeWidth={chosen === name ? 4 : 1}
            />
            {!counts && (
              <path
                d={`M${(column + 0.25) * CELL} ${(row + 0.25) * CELL}l${CELL / 2} ${CELL / 2}`}
                stroke="#999"
                strokeWidth={2}
              />
            )}
          </g>
        );
      })}
    </Chart>
  );
}

// viridis at five places
const STOPS = [
  [68, 1, 84],
  [59, 82, 139],
  [33, 145, 140],
  [94, 201, 98],
  [253, 231, 37],
] as const;

function colour(share: number): string {
  const at = Math.min(share, 0.9999) * (STOPS.length - 1);
  const [from, to] = [STOPS[Math.floor(at)] ?? STOPS[0], STOPS[Math.floor(at) + 1] ?? STOPS[4]];
  return `rgb(${from.map((value, i) => Math.round(value + ((to[i] ?? value) - value) * (at % 1))).join(",")})`;
}
