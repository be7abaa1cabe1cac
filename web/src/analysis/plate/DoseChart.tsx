import type { DoseCurve, Row } from "../../api/analysis";
import { useText } from "../../i18n/useText";
import { Chart, short, ticks } from "./Chart";

interface Props {
  fit: DoseCurve;
  row: Row;
  responseName: string;
  /** wells that a person left out, with the doses that the layout gives them */
  onToggle?: (well: string) => void;
  onData: () => void;
}

const [WIDTH, HEIGHT, LEFT, TOP, PLOT, GAP, REST] = [620, 430, 64, 10, 270, 24, 70];

/** Wells, curve, half-way dose with its interval, residuals. A point is left out by a click or Enter. */
export function DoseChart({ fit, row, responseName, onToggle, onData }: Props) {
  const t = useText();
  const given = fit.doses.filter((dose) => dose > 0);
  const [least, most] = [Math.min(...given), Math.max(...given)];
  const [from, to] = [Math.log10(least) - 1, Math.log10(most) + 0.4];
  const all = [...fit.responses, ...fit.curve_responses, 0];
  const [low, high] = [Math.min(...all), Math.max(...all) * 1.05 || 1];
  const x = (dose: number) =>
    LEFT + ((Math.log10(dose > 0 ? dose : least / 6) - from) / (to - from)) * (WIDTH - LEFT - 10);
  const y = (value: number) => TOP + (1 - (value - low) / (high - low)) * PLOT;
  const widest = Math.max(...fit.residuals.map(Math.abs), 1e-12);
  const residual = (value: number) => TOP + PLOT + GAP + REST / 2 - (value / widest) * (REST / 2);
  const decades = Array.from(
    { length: Math.floor(to) - Math.ceil(from) + 1 },
    (_, i) => 10 ** (Math.ceil(from) + i),
  );
  const title = [fit.compound, fit.cell_line, fit.plate].filter(Boolean).join(", ");
  const [ic50, ends] = [row.ic50_relative, [row.ic50_relative_low, row.ic50_relative_high]];
  const isInside = row.ic50_relative_relation === "=" && typeof ic50 === "number";
  return (
    <Chart
      title={title}
      width={WIDTH}
      height={HEIGHT}
      description={`${title}: ${responseName}`}
      onData={onData}
    >
      <g fontSize={11} fill="currentColor" stroke="none">
        {ticks(low, high).map((at) => (
          <text key={at} x={LEFT - 6} y={y(at) + 4} textAnchor="end">
            {short(at)}
          </text>
        ))}
        {decades.map((at) => (
          <text key={at} x={x(at)} y={HEIGHT - 28} textAnchor="middle">
            {short(at)}
          </text>
        ))}
        <text x={WIDTH / 2} y={HEIGHT - 8} textAnchor="middle">
          {`${t("plate.dose")} (${fit.dose_unit || "?"})`}
        </text>
        <text transform={`translate(12 ${TOP + PLOT / 2}) rotate(-90)`} textAnchor="middle">
          {responseName}
        </text>
      </g>
      <path
        d={`M${LEFT} ${TOP}V${TOP + PLOT}H${WIDTH - 10}M${LEFT} ${residual(0)}H${WIDTH - 10}`}
        fill="none"
        stroke="#999"
      />
      {isInside && typeof ends[0] === "number" && typeof ends[1] === "number" && (
        <rect
          x={x(ends[0])}
          y={TOP}
          width={Math.max(1, x(ends[1]) - x(ends[0]))}
          height={PLOT}
          fill="#d55e00"
          opacity={0.15}
        />
      )}
      {isInside && <path d={`M${x(ic50)} ${TOP}V${TOP + PLOT}`} stroke="#d55e00" strokeWidth={1.5} />}
      {fit.curve_doses.length > 0 && (
        <path
          d={`M${fit.curve_doses.map((dose, i) => `${x(dose)} ${y(fit.curve_responses[i] ?? 0)}`).join("L")}`}
          fill="none"
          stroke="#0072b2"
          strokeWidth={2}
        />
      )}
      {fit.residuals.map((value, i) => (
        <circle key={fit.wells[i]} cx={x(fit.doses[i] ?? 0)} cy={residual(value)} r={2.5} fill="#0072b2" />
      ))}
      {fit.wells.map((well, i) => {
        const said = `${well}: ${short(fit.doses[i] ?? 0)} ${fit.dose_unit}, ${short(fit.responses[i] ?? 0)}`;
        return (
          <g
            key={well}
            role="button"
            tabIndex={0}
            aria-label={`${said}. ${t("plate.leaveOut")}`}
            onClick={() => onToggle?.(well)}
            onKeyDown={(event) => event.key === "Enter" && onToggle?.(well)}
            style={{ cursor: onToggle ? "pointer" : undefined }}
          >
            <title>{said}</title>
            <circle
              cx={x(fit.doses[i] ?? 0)}
              cy={y(fit.responses[i] ?? 0)}
              r={5}
              fill={(fit.doses[i] ?? 0) > 0 ? "#0072b2" : "#777"}
              fillOpacity={0.75}
            />
          </g>
        );
      })}
    </Chart>
  );
}
