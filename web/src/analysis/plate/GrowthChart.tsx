import type { Row } from "../../api/analysis";
import { Chart, short, ticks } from "./Chart";

const COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000", "#8c6d31"];
const [WIDTH, HEIGHT, LEFT, TOP, BOTTOM, RIGHT] = [820, 420, 56, 10, 46, 220];

interface Props {
  title: string;
  rows: readonly Row[];
  label: string;
  onData: () => void;
}

/** Mean of each condition over time; bands are 95 % intervals over wells. */
export function GrowthChart({ title, rows, label, onData }: Props) {
  const names = [...new Set(rows.map((row) => String(row.condition)))];
  const times = rows.map((row) => Number(row.time_h));
  const values = rows
    .flatMap((row) => [row.mean, row.low, row.high])
    .filter((value) => typeof value === "number");
  const [start, end] = [Math.min(...times), Math.max(...times)];
  const [low, high] = [Math.min(0, ...values), Math.max(...values, 1e-9)];
  const x = (time: number) => LEFT + ((time - start) / (end - start || 1)) * (WIDTH - LEFT - RIGHT);
  const y = (value: number) => TOP + (1 - (value - low) / (high - low)) * (HEIGHT - TOP - BOTTOM);
  return (
    <Chart
      title={title}
      width={WIDTH}
      height={HEIGHT}
      description={`${title}: ${names.join(", ")}`}
      onData={onData}
    >
      <path d={`M${LEFT} ${TOP}V${HEIGHT - BOTTOM}H${WIDTH - RIGHT}`} fill="none" stroke="#999" />
      <g fontSize={11} fill="currentColor">
        {ticks(low, high).map((at) => (
          <text key={at} x={LEFT - 6} y={y(at) + 4} textAnchor="end">
            {short(at)}
          </text>
        ))}
        {ticks(start, end).map((at) => (
          <text key={at} x={x(at)} y={HEIGHT - BOTTOM + 16} textAnchor="middle">
            {short(at)}
          </text>
        ))}
        <text x={(LEFT + WIDTH - RIGHT) / 2} y={HEIGHT - 8} textAnchor="middle">
          h
        </text>
        <text transform={`translate(12 ${HEIGHT / 2}) rotate(-90)`} textAnchor="middle">
          {label}
        </text>
      </g>
      {names.map((name, index) => {
        const line = rows
          .filter((row) => row.condition === name)
          .sort((a, b) => Number(a.time_h) - Number(b.time_h));
        const colour = COLOURS[index % COLOURS.length];
        const known = line.filter((row) => typeof row.low === "number" && typeof row.high === "number");
        const band = [
          ...known.map((row) => [row.time_h, row.low]),
          ...known.reverse().map((row) => [row.time_h, row.high]),
        ];
        const dashes = ["", "6 3", "2 3"][Math.floor(index / COLOURS.length) % 3];
        return (
          <g key={name}>
            {band.length > 2 && (
              <path
                d={`M${band.map(([t, v]) => `${x(Number(t))} ${y(Number(v))}`).join("L")}Z`}
                fill={colour}
                opacity={0.12}
              />
            )}
            <path
              d={`M${line.map((row) => `${x(Number(row.time_h))} ${y(Number(row.mean))}`).join("L")}`}
              fill="none"
              stroke={colour}
              strokeWidth={1.8}
              strokeDasharray={dashes}
            />
            <g fontSize={10} fill="currentColor">
              <path
                d={`M${WIDTH - RIGHT + 10} ${TOP + 8 + index * 14}h18`}
                stroke={colour}
                strokeWidth={2}
                strokeDasharray={dashes}
              />
              <text x={WIDTH - RIGHT + 34} y={TOP + 12 + index * 14}>
                {name}
              </text>
            </g>
          </g>
        );
      })}
    </Chart>
  );
}
