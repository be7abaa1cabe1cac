import Box from "@mui/material/Box";
import { type KeyboardEvent, useLayoutEffect, useRef, useState } from "react";
import { formatNumber } from "../i18n/numbers";
import { useText } from "../i18n/useText";
import { columnTitle } from "./columns";
import { ticks } from "./statistics";
import type { GroupSummary } from "./summaries";
import type { ObjectRow } from "./table";

const HEIGHT = 310;
const [LEFT, RIGHT, TOP] = [72, 12, 10];
/** Names that lie, and names that stand upright, take so much below the axis. */
const [LYING, UPRIGHT] = [36, 96];

/** Names of files differ at their end; upright there is room for more. */
function shortened(name: string, isTight: boolean): string {
  if (isTight) return name.length > 11 ? `…${name.slice(-10)}` : name;
  return name.length > 18 ? `${name.slice(0, 17)}…` : name;
}

interface Props {
  groups: readonly GroupSummary[];
  measure: string;
  onOpen: (row: ObjectRow) => void;
  /** On paper nothing can be scrolled: many groups are drawn smaller. */
  fits?: boolean;
}

/** Boxes and whiskers of each group; what lies beyond the whiskers is a point that opens its object. */
export default function BoxPlot({ groups, measure, onOpen, fits = false }: Props) {
  const t = useText();
  const frame = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(600);
  useLayoutEffect(() => {
    const element = frame.current;
    if (!element) return;
    const watch = new ResizeObserver(() => setWidth(element.clientWidth));
    watch.observe(element);
    return () => watch.disconnect();
  }, []);
  const drawn = groups.flatMap(({ key, title, box, beyond }) => (box ? [{ key, title, box, beyond }] : []));
  const low = Math.min(...drawn.map((each) => each.box.min));
  const high = Math.max(...drawn.map((each) => each.box.max));
  const marks = drawn.length > 0 ? ticks(low, high) : [];
  const [bottom, top] = [marks[0] ?? 0, marks.at(-1) ?? 1];
  const space = Math.max(14, (width - LEFT - RIGHT) / Math.max(1, drawn.length));
  const half = Math.min(24, space * 0.3);
  const drawnWidth = Math.max(width, LEFT + RIGHT + space * drawn.length);
  const longest = Math.max(0, ...drawn.map((each) => Math.min(18, each.title.length)));
  const isTight = space < longest * 7 + 8;
  const below = isTight ? UPRIGHT : LYING;
  const y = (value: number) => TOP + ((top - value) / (top - bottom || 1)) * (HEIGHT - TOP - below);
  function press(event: KeyboardEvent, row: ObjectRow) {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    onOpen(row);
  }
  return (
    <Box ref={frame} sx={{ overflowX: "auto", "& text": { fill: "currentColor", fontSize: 12 } }}>
      <svg
        width={drawnWidth}
        height={HEIGHT}
        {...(fits && { viewBox: `0 0 ${drawnWidth} ${HEIGHT}`, style: { maxWidth: "100%", height: "auto" } })}
        role="group"
        aria-label={`${t("results.chart_box")}: ${columnTitle(measure)}`}
      >
        {marks.map((mark) => (
          <g key={mark}>
            <line x1={LEFT} x2="100%" y1={y(mark)} y2={y(mark)} stroke="var(--mui-palette-divider)" />
            <text x={LEFT - 8} y={y(mark) + 4} textAnchor="end">
              {formatNumber(mark, 3)}
            </text>
          </g>
        ))}
        <text transform={`translate(14 ${(HEIGHT - below + TOP) / 2}) rotate(-90)`} textAnchor="middle">
          {columnTitle(measure)}
        </text>
        {drawn.map(({ key, title, box, beyond }, i) => {
          const x = LEFT + space * (i + 0.5);
          return (
            <g key={key} stroke="var(--mui-palette-primary-main)" strokeWidth={1.5} fill="none">
              <title>
                {`${title}: n = ${box.n}, ${t("results.column_median")} ${formatNumber(box.median)}`}
              </title>
              <path
                d={`M${x} ${y(box.high)}V${y(box.q3)}M${x} ${y(box.q1)}V${y(box.low)}M${x - half / 2} ${y(box.high)}h${half}M${x - half / 2} ${y(box.low)}h${half}`}
              />
              <rect
                x={x - half}
                y={y(box.q3)}
                width={2 * half}
                height={Math.max(1, y(box.q1) - y(box.q3))}
                fill="var(--mui-palette-action-selected)"
              />
              <path d={`M${x - half} ${y(box.median)}h${2 * half}`} strokeWidth={3} />
              {beyond.map((row) => (
                <circle
                  key={row.id}
                  role="link"
                  tabIndex={0}
                  cx={x}
                  cy={y(row[measure] as number)}
                  r={4}
                  fill="var(--mui-palette-background-paper)"
                  style={{ cursor: "pointer" }}
                  aria-label={t("results.openObject", {
                    number: row.number,
                    image: row.image,
                    value: formatNumber(row[measure] as number),
                  })}
                  onClick={() => onOpen(row)}
                  onKeyDown={(event) => press(event, row)}
                />
              ))}
              <text
                stroke="none"
                textAnchor={isTight ? "end" : "middle"}
                transform={`translate(${x} ${HEIGHT - below + 18})${isTight ? " rotate(-60)" : ""}`}
              >
                {shortened(title, isTight)}
              </text>
            </g>
          );
        })}
      </svg>
    </Box>
  );
}
