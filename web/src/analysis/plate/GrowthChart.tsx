import { useColorScheme } from "@mui/material/styles";
import { useState } from "react";
import { useNavigate } from "react-router";
import { formatShort } from "../../i18n/numbers";
import { useText } from "../../i18n/useText";
import { Chart, ticks, viridis } from "./Chart";
import type { Curve, Panel } from "./growth";
import { conditionTitle } from "./titles";

const [HEIGHT, LEFT, TOP, BOTTOM, LINE] = [340, 52, 10, 46, 18];
const CONTROLS = ["#d55e00", "#8a5300", "#cc79a7", "#6a3fa0"];

interface Props {
  projectId: string;
  panel: Panel;
  title: string;
  /** of the values, the same in all panels */
  most: number;
  label: string;
  onData: () => void;
}

/** The conditions of a compound over time: mean, band of the 95 % interval over wells; of the chosen one each well at each time. */
export function GrowthChart({ projectId, panel, title, most, label, onData }: Props) {
  const t = useText();
  const navigate = useNavigate();
  const { curves } = panel;
  const [chosen, setChosen] = useState<string | null>(null);
  const times = curves.flatMap((curve) => curve.line.map(({ time }) => time));
  const [start, end] = [Math.min(...times), Math.max(...times)];
  const doses = curves.filter((curve) => curve.dose !== null);
  const controls = curves.filter((curve) => curve.dose === null);
  const { mode, systemMode } = useColorScheme();
  // the end of the scale that the page's own colour swallows is left out
  const [least, largest] = (mode === "system" ? systemMode : mode) === "dark" ? [1, 0.25] : [0.85, 0.05];
  const colourOf = (curve: Curve) =>
    curve.dose === null
      ? CONTROLS[controls.indexOf(curve) % CONTROLS.length]
      : viridis(least + ((largest - least) * doses.indexOf(curve)) / Math.max(1, doses.length - 1));
  const shown = curves.find((curve) => curve.name === chosen);
  const open = (image: string) => navigate(`/projects/${projectId}/images/${image.replace("/", "?frame=")}`);
  return (
    <Chart
      title={title}
      maxWidth={640}
      heightOf={() => HEIGHT + curves.length * LINE + 8}
      description={`${title}: ${curves.map(({ name }) => conditionTitle(name)).join(", ")}. ${t("plate.growthHelp")}`}
      onData={onData}
    >
      {(width) => {
        const x = (time: number) => LEFT + ((time - start) / (end - start || 1)) * (width - LEFT - 12);
        const y = (value: number) => TOP + (1 - value / most) * (HEIGHT - TOP - BOTTOM);
        return (
          <>
            <path d={`M${LEFT} ${TOP}V${HEIGHT - BOTTOM}H${width - 12}`} fill="none" stroke="#8a9799" />
            <g fontSize={11} fill="currentColor" aria-hidden>
              {ticks(0, most).map((at) => (
                <text key={at} x={LEFT - 6} y={y(at) + 4} textAnchor="end">
                  {formatShort(at)}
                </text>
              ))}
              {[...new Set(times.length <= 80 ? times : ticks(start, end))].map((at) => (
                <text key={at} x={x(at)} y={HEIGHT - BOTTOM + 16} textAnchor="middle">
                  {formatShort(at)}
                </text>
              ))}
              <text x={(LEFT + width) / 2} y={HEIGHT - 10} textAnchor="middle">
                {`${t("plate.time")} (h)`}
              </text>
              <text transform={`translate(12 ${(HEIGHT - BOTTOM) / 2}) rotate(-90)`} textAnchor="middle">
                {label}
              </text>
            </g>
            {curves.map((curve, index) => {
              const colour = colourOf(curve);
              const known = curve.line.filter((each) => each.low !== null && each.high !== null);
              const band = [
                ...known.map((each) => `${x(each.time)} ${y(each.low ?? 0)}`),
                ...known.toReversed().map((each) => `${x(each.time)} ${y(Math.min(each.high ?? 0, most))}`),
              ];
              const isFaint = shown !== undefined && shown !== curve;
              const top = HEIGHT + index * LINE;
              const toggle = () => setChosen(chosen === curve.name ? null : curve.name);
              return (
                <g key={curve.name} opacity={isFaint ? 0.3 : 1}>
                  {band.length > 2 && <path d={`M${band.join("L")}Z`} fill={colour} opacity={0.15} />}
                  <path
                    d={`M${curve.line.map((each) => `${x(each.time)} ${y(each.mean)}`).join("L")}`}
                    fill="none"
                    stroke={colour}
                    strokeWidth={shown === curve ? 3 : 1.8}
                    strokeDasharray={curve.dose === null ? "6 3" : undefined}
                  />
                  <g
                    role="button"
                    tabIndex={0}
                    aria-pressed={shown === curve}
                    aria-label={`${conditionTitle(curve.name)}, n = ${curve.line.at(-1)?.n ?? 0}`}
                    onClick={toggle}
                    onKeyDown={(event) => {
                      if (event.key !== "Enter" && event.key !== " ") return;
                      event.preventDefault();
                      toggle();
                    }}
                    style={{ cursor: "pointer" }}
                  >
                    <rect x={LEFT} y={top} width={width - LEFT - 12} height={LINE} fill="transparent" />
                    <path
                      d={`M${LEFT} ${top + LINE / 2}h22`}
                      stroke={colour}
                      strokeWidth={3}
                      strokeDasharray={curve.dose === null ? "6 3" : undefined}
                    />
                    <text x={LEFT + 30} y={top + 13} fontSize={12} fill="currentColor">
                      {`${conditionTitle(curve.name)} (n = ${curve.line.at(-1)?.n ?? 0})`}
                    </text>
                  </g>
                </g>
              );
            })}
            {shown?.points.map(({ well, time, value, image }) => {
              const label = `${well}, ${formatShort(time)} h: ${formatShort(value)}`;
              return (
                <g
                  key={`${well}/${time}`}
                  role="link"
                  tabIndex={0}
                  aria-label={label}
                  onClick={() => open(image)}
                  onKeyDown={(event) => event.key === "Enter" && open(image)}
                  style={{ cursor: "pointer" }}
                >
                  <title>{label}</title>
                  <circle
                    cx={x(time)}
                    cy={y(Math.min(value, most))}
                    r={5}
                    fill={colourOf(shown)}
                    stroke="currentColor"
                  />
                </g>
              );
            })}
          </>
        );
      }}
    </Chart>
  );
}
