import { type KeyboardEvent, useState } from "react";
import type { DoseCurve, Row } from "../../api/analysis";
import { formatShort } from "../../i18n/numbers";
import { useText } from "../../i18n/useText";
import { Chart, ticks } from "./Chart";

/** A well that a person left out: where it would lie. */
export interface LeftOutPoint {
  well: string;
  dose: number;
  response: number | null;
}

interface Props {
  fit: DoseCurve;
  row: Row;
  responseName: string;
  leftOut: readonly LeftOutPoint[];
  onToggle?: (well: string) => void;
  onData: () => void;
}

const [HEIGHT, LEFT, TOP, PLOT, GAP, REST] = [430, 58, 10, 270, 24, 70];
const [BLUE, ORANGE] = ["#3182bd", "#d55e00"];

/** Wells, curve, half-way dose with its interval, residuals. A point is left out, or counted again, by a click or Enter. */
export function DoseChart({ fit, row, responseName, leftOut, onToggle, onData }: Props) {
  const t = useText();
  const [focus, setFocus] = useState(0);
  const given = fit.doses.filter((dose) => dose > 0);
  const [least, most] = [Math.min(...given), Math.max(...given)];
  const [from, to] = [Math.log10(least) - 1, Math.log10(most) + 0.4];
  const known = leftOut.flatMap(({ response }) => (response === null ? [] : [response]));
  const all = [...fit.responses, ...fit.curve_responses, ...known, 0];
  const spread = Math.max(...all) - Math.min(...all) || 1;
  const [low, high] = [Math.min(...all) - spread * 0.04, Math.max(...all) + spread * 0.04];
  const widest = Math.max(...fit.residuals.map(Math.abs), 1e-12);
  const decades = Array.from(
    { length: Math.floor(to) - Math.ceil(from) + 1 },
    (_, i) => 10 ** (Math.ceil(from) + i),
  ).filter((at) => at > least / 4);
  const title = [fit.compound, fit.cell_line, fit.plate].filter(Boolean).join(", ");
  const [ic50, ends] = [row.ic50_relative, [row.ic50_relative_low, row.ic50_relative_high]];
  const isInside = row.ic50_relative_relation === "=" && typeof ic50 === "number";
  // in one order, whether they count or not: a point stays where it is, and keeps the focus, when it is left out
  const points = [
    ...fit.wells.map((well, i) => ({
      well,
      dose: fit.doses[i] ?? 0,
      response: fit.responses[i] ?? null,
      counts: true,
    })),
    ...leftOut.map((each) => ({ ...each, counts: false })),
  ].sort((a, b) => a.dose - b.dose || a.well.localeCompare(b.well));
  // wells of a dose lie side by side, so that each can be pointed at
  const beside = points.map(({ dose }, i) => {
    const same = points.flatMap((each, k) => (each.dose === dose ? [k] : []));
    return (same.indexOf(i) - (same.length - 1) / 2) * Math.min(9, 40 / same.length);
  });
  const press = (event: KeyboardEvent, well: string, at: number) => {
    const by = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (event.key === "Enter" || event.key === " ") onToggle?.(well);
    else if (by) {
      const next = Math.min(points.length - 1, Math.max(0, at + by));
      setFocus(next);
      (event.currentTarget.parentElement?.children[next] as SVGElement | undefined)?.focus();
    } else return;
    event.preventDefault();
  };
  return (
    <Chart
      title={title}
      maxWidth={620}
      heightOf={() => HEIGHT}
      description={`${title}: ${responseName}. ${t("plate.pointKeys")}`}
      onData={onData}
    >
      {(width) => {
        const x = (dose: number) =>
          LEFT + ((Math.log10(dose > 0 ? dose : least / 6) - from) / (to - from)) * (width - LEFT - 10);
        const y = (value: number) => TOP + (1 - (value - low) / (high - low)) * PLOT;
        const residual = (value: number) => TOP + PLOT + GAP + REST / 2 - (value / widest) * (REST / 2 - 4);
        const every = Math.ceil((decades.length * 44) / (width - LEFT));
        return (
          <>
            <g fontSize={11} fill="currentColor" stroke="none" aria-hidden>
              {ticks(low, high).map((at) => (
                <text key={at} x={LEFT - 6} y={y(at) + 4} textAnchor="end">
                  {formatShort(at)}
                </text>
              ))}
              {decades.map((at, i) =>
                i % every === 0 ? (
                  <text key={at} x={x(at)} y={HEIGHT - 28} textAnchor="middle">
                    {formatShort(at)}
                  </text>
                ) : null,
              )}
              <text x={x(0)} y={HEIGHT - 28} textAnchor="middle">
                0
              </text>
              <text x={width / 2} y={HEIGHT - 8} textAnchor="middle">
                {`${t("plate.dose")} (${fit.dose_unit || "?"})`}
              </text>
              <text transform={`translate(12 ${TOP + PLOT / 2}) rotate(-90)`} textAnchor="middle">
                {responseName}
              </text>
              <text x={width - 10} y={TOP + PLOT + GAP + 4} textAnchor="end">
                {t("plate.residuals")}
              </text>
            </g>
            <path
              d={`M${LEFT} ${TOP}V${TOP + PLOT}H${width - 10}M${LEFT} ${residual(0)}H${width - 10}`}
              fill="none"
              stroke="#8a9799"
            />
            {isInside && typeof ends[0] === "number" && typeof ends[1] === "number" && (
              <rect
                x={x(ends[0])}
                y={TOP}
                width={Math.max(1, x(ends[1]) - x(ends[0]))}
                height={PLOT}
                fill={ORANGE}
                opacity={0.25}
              />
            )}
            {isInside && <path d={`M${x(ic50)} ${TOP}V${TOP + PLOT}`} stroke={ORANGE} strokeWidth={1.5} />}
            {fit.curve_doses.length > 0 && (
              <path
                d={`M${fit.curve_doses.map((dose, i) => `${x(dose)} ${y(fit.curve_responses[i] ?? 0)}`).join("L")}`}
                fill="none"
                stroke={BLUE}
                strokeWidth={2}
              />
            )}
            {fit.residuals.map((value, i) => (
              <circle key={fit.wells[i]} cx={x(fit.doses[i] ?? 0)} cy={residual(value)} r={2.5} fill={BLUE} />
            ))}
            <g>
              {points.map(({ well, dose, response, counts }, i) => {
                const label = `${well}: ${formatShort(dose)} ${fit.dose_unit}, ${response === null ? t("plate.noValue") : formatShort(response)}`;
                const colour = dose > 0 ? BLUE : "#8a9799";
                return (
                  <g
                    key={well}
                    role="button"
                    tabIndex={i === Math.min(focus, points.length - 1) ? 0 : -1}
                    aria-pressed={!counts}
                    aria-disabled={!onToggle}
                    aria-label={`${label}. ${t(counts ? "plate.leaveOut" : "plate.takeBack")}`}
                    data-testid={`point-${fit.compound}-${well}`}
                    onFocus={() => setFocus(i)}
                    onClick={() => onToggle?.(well)}
                    onKeyDown={(event) => press(event, well, i)}
                    style={{ cursor: onToggle ? "pointer" : undefined }}
                  >
                    <title>{label}</title>
                    <circle
                      cx={x(dose) + (beside[i] ?? 0)}
                      cy={response === null ? TOP + PLOT : y(response)}
                      r={5}
                      fill={counts ? colour : "transparent"}
                      fillOpacity={0.75}
                      stroke={counts ? "none" : ORANGE}
                      strokeWidth={2}
                    />
                  </g>
                );
              })}
            </g>
          </>
        );
      }}
    </Chart>
  );
}
