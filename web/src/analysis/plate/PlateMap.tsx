import { type KeyboardEvent, useState } from "react";
import { formatShort } from "../../i18n/numbers";
import { useText } from "../../i18n/useText";
import { Chart, viridis } from "./Chart";
import { plateOf, rowName, wellName } from "./wells";

export interface MapWell {
  well: string;
  condition: string;
  value: number | null;
  /** said instead of the value and shown as its colour's place */
  words?: string;
  /** why it does not count; "" where it does */
  leftOut: string;
  isReviewed: boolean;
}

interface Props {
  title: string;
  wells: readonly MapWell[];
  unit: string;
  chosen: string | null;
  onChoose: (well: string) => void;
  onData: () => void;
}

/** The line of the columns' numbers: of a few large wells it is no row. */
const headOf = (cell: number) => Math.min(cell, 28);

/** A heat map of a plate. One well has the focus; arrows move it, Enter opens it. */
export function PlateMap({ title, wells, unit, chosen, onChoose, onData }: Props) {
  const t = useText();
  const byName = new Map(wells.map((each) => [each.well, each]));
  const [nRows, nColumns] = plateOf([...byName.keys()]);
  const numbers = wells.map((each) => each.value).filter((each) => each !== null);
  const [low, high] = numbers.length > 0 ? [Math.min(...numbers), Math.max(...numbers)] : [0, 1];
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
  const legend = 34;
  return (
    <Chart
      title={title}
      maxWidth={640}
      heightOf={(width) => headOf(width / (nColumns + 1)) + nRows * (width / (nColumns + 1)) + legend}
      description={t("plate.mapLabel")}
      onData={onData}
    >
      {(width, height) => {
        const cell = width / (nColumns + 1);
        const head = headOf(cell);
        const every = Math.ceil(18 / cell);
        const sized = { fontSize: Math.max(9, Math.min(12, cell * 0.45)) };
        return (
          <>
            <g {...sized} fill="currentColor" textAnchor="middle" aria-hidden>
              {Array.from({ length: nColumns }, (_, i) =>
                i % every === 0 ? (
                  <text key={wellName(1, i + 1)} x={(i + 1.5) * cell} y={head * 0.7}>
                    {i + 1}
                  </text>
                ) : null,
              )}
              {Array.from({ length: nRows }, (_, i) =>
                i % every === 0 ? (
                  <text key={rowName(i + 1)} x={cell / 2} y={head + (i + 0.5) * cell + 4}>
                    {rowName(i + 1)}
                  </text>
                ) : null,
              )}
            </g>
            <Legend
              {...{ low, high, unit, width }}
              top={height - legend + 8}
              isEmpty={numbers.length === 0}
            />
            {Array.from({ length: nRows * nColumns }, (_, i) => {
              const [row, column] = [Math.floor(i / nColumns) + 1, (i % nColumns) + 1];
              const name = wellName(row, column);
              const well = byName.get(name);
              const share =
                well && well.value !== null ? (high > low ? (well.value - low) / (high - low) : 0.5) : null;
              const label = [
                name,
                well?.condition,
                well?.words ??
                  (well && well.value !== null ? `${formatShort(well.value)} ${unit}` : t("plate.noValue")),
                well?.isReviewed && t("plate.reviewed"),
                well?.leftOut,
              ]
                .filter(Boolean)
                .join(", ");
              const [x, y, r] = [(column + 0.5) * cell, head + (row - 0.5) * cell, cell * 0.42];
              return (
                <g
                  key={name}
                  id={`well-${name}`}
                  role="button"
                  aria-label={label}
                  aria-pressed={chosen === name}
                  tabIndex={focus.row === row && focus.column === column ? 0 : -1}
                  onClick={() => {
                    setFocus({ row, column });
                    onChoose(name);
                  }}
                  onKeyDown={move}
                  style={{ cursor: "pointer" }}
                >
                  <title>{label}</title>
                  <circle
                    {...{ cx: x, cy: y, r }}
                    fill={share === null ? "transparent" : viridis(share)}
                    stroke={chosen === name ? "#d55e00" : "#8a9799"}
                    strokeWidth={chosen === name ? 4 : 1}
                    strokeDasharray={well ? undefined : "2 3"}
                  />
                  {well?.isReviewed && (
                    <path
                      d={`M${x - r * 0.4} ${y}l${r * 0.3} ${r * 0.35}l${r * 0.55} ${-r * 0.7}`}
                      fill="none"
                      stroke={share !== null && share > 0.55 ? "#152022" : "#ffffff"}
                      strokeWidth={Math.max(1, r * 0.16)}
                    />
                  )}
                  {well?.leftOut && (
                    <path
                      d={`M${x - r} ${y - r}l${2 * r} ${2 * r}M${x + r} ${y - r}l${-2 * r} ${2 * r}`}
                      stroke="#d55e00"
                      strokeWidth={2}
                    />
                  )}
                </g>
              );
            })}
          </>
        );
      }}
    </Chart>
  );
}

interface LegendProps {
  low: number;
  high: number;
  unit: string;
  width: number;
  top: number;
  isEmpty: boolean;
}

/** Room in px for a number beside the scale, on a phone too. */
const widthOf = (label: string) => label.length * 7 + 8;

function Legend({ low, high, unit, width, top, isEmpty }: LegendProps) {
  const t = useText();
  const [least, most] = [formatShort(low), `${formatShort(high)} ${unit}`];
  const [left, after] = [Math.max(width * 0.22, widthOf(least)), Math.max(width * 0.22, widthOf(most))];
  const length = width - left - after;
  if (isEmpty)
    return (
      <text x={width / 2} y={top + 12} textAnchor="middle" fontSize={12} fill="currentColor">
        {t("plate.noValues")}
      </text>
    );
  return (
    <g fontSize={12} fill="currentColor" aria-hidden>
      {Array.from({ length: 32 }, (_, i) => (
        <rect
          key={viridis(i / 31)}
          x={left + (i * length) / 32}
          y={top}
          width={length / 32 + 0.5}
          height={12}
          fill={viridis(i / 31)}
        />
      ))}
      <text x={left - 6} y={top + 11} textAnchor="end">
        {least}
      </text>
      <text x={left + length + 6} y={top + 11}>
        {most}
      </text>
    </g>
  );
}
