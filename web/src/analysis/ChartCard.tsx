import Box from "@mui/material/Box";
import Card from "@mui/material/Card";
import MenuItem from "@mui/material/MenuItem";
import Stack from "@mui/material/Stack";
import TextField from "@mui/material/TextField";
import ToggleButton from "@mui/material/ToggleButton";
import ToggleButtonGroup from "@mui/material/ToggleButtonGroup";
import Typography from "@mui/material/Typography";
import { lazy, type ReactNode, Suspense, useRef } from "react";
import { useText } from "../i18n/useText";
import { ChartFiles } from "./ChartFiles";
import { columnTitle, explanationOf } from "./columns";
import { StatisticsTable } from "./StatisticsTable";
import type { Sample } from "./sample";
import { MOST_POINTS } from "./statistics";
import type { Summaries } from "./summaries";
import type { ObjectRow } from "./table";
import { UNITS, type Unit } from "./units";
import { CHARTS, GROUPS, type View } from "./view";

const Histogram = lazy(() => import("./Histogram"));
const BoxPlot = lazy(() => import("./BoxPlot"));
const Scatter = lazy(() => import("./Scatter"));

interface Props {
  view: View;
  summaries: Summaries;
  rows: readonly ObjectRow[];
  /** Of all objects, where `rows` are only a part of them. */
  sample?: Sample | undefined;
  onOpen: (row: ObjectRow) => void;
  unit: Unit;
  onUnit: (unit: Unit) => void;
  actions: ReactNode;
}

/** One measure, or two against each other, drawn and in numbers. */
export function ChartCard({ view, summaries, rows, sample, onOpen, unit, onUnit, actions }: Props) {
  const t = useText();
  const { chart, measure, against, group, groups, numeric, change } = view;
  const frame = useRef<HTMLDivElement>(null);
  const nObjects = sample?.count ?? rows.length;
  const choice = (label: string, value: string, onChange: (name: string) => void) => (
    <TextField
      select
      label={label}
      value={value}
      onChange={(event) => onChange(event.target.value)}
      sx={{ width: { xs: "100%", sm: 290 } }}
    >
      {numeric.map((name) => (
        <MenuItem key={name} value={name} title={explanationOf(name)}>
          {columnTitle(name)}
        </MenuItem>
      ))}
    </TextField>
  );
  return (
    <Card sx={{ p: 2 }} component="section" aria-label={t("results.distribution")}>
      <Stack direction="row" useFlexGap sx={{ gap: 1.5, flexWrap: "wrap", alignItems: "center" }}>
        <ToggleButtonGroup
          exclusive
          size="small"
          value={chart}
          aria-label={t("results.chart")}
          onChange={(_event, next: string | null) => next && change({ chart: next })}
        >
          {CHARTS.map((each) => (
            <ToggleButton key={each} value={each}>
              {t(`results.chart_${each}`)}
            </ToggleButton>
          ))}
        </ToggleButtonGroup>
        {choice(t("results.measure"), measure, (name) => change({ measure: name }))}
        {chart === "scatter" && choice(t("results.against"), against, (name) => change({ against: name }))}
        <TextField
          select
          label={t("results.groupBy")}
          value={group}
          onChange={(event) => change({ group: event.target.value })}
          slotProps={{ select: { displayEmpty: true }, inputLabel: { shrink: true } }}
          sx={{ width: 150 }}
        >
          {GROUPS.map((name) => (
            <MenuItem key={name} value={name}>
              {t(name === "" ? "results.noGroups" : `results.group_${name}`)}
            </MenuItem>
          ))}
        </TextField>
        <TextField
          select
          label={t("results.unit")}
          value={unit}
          onChange={(event) => onUnit(event.target.value as Unit)}
          sx={{ width: 90 }}
        >
          {UNITS.map((each) => (
            <MenuItem key={each} value={each}>
              {each === "um" ? "µm" : each}
            </MenuItem>
          ))}
        </TextField>
        <Stack direction="row" useFlexGap sx={{ ml: "auto", gap: 1, flexWrap: "wrap" }}>
          {actions}
        </Stack>
      </Stack>
      <Typography variant="body2" color="textSecondary" sx={{ mt: 1, whiteSpace: "pre-line" }}>
        {explanationOf(measure)
          .replaceAll(/(?<=[.。])\n/g, " ")
          .replaceAll("\n", " · ")}
      </Typography>
      <Box ref={frame}>
        <Suspense fallback={<Box sx={{ height: 300 }} />}>
          {chart === "histogram" && <Histogram bins={summaries.histogram} measure={measure} />}
          {chart === "box" && <BoxPlot groups={summaries.groups} measure={measure} onOpen={onOpen} />}
          {chart === "scatter" && (
            <Scatter groups={sample?.groups ?? groups} x={against} y={measure} onOpen={onOpen} />
          )}
        </Suspense>
      </Box>
      <ChartFiles frame={frame} name={`${columnTitle(measure)} · ${t(`results.chart_${chart}`)}`} />
      {chart !== "histogram" && (
        <Typography variant="body2" color="textSecondary">
          {t(chart === "box" ? "results.boxHelp" : "results.scatterHelp")}
          {chart === "scatter" &&
            nObjects > MOST_POINTS &&
            ` ${t("results.sampled", { shown: MOST_POINTS, count: nObjects })}`}
        </Typography>
      )}
      <Box sx={{ mt: 1.5, maxHeight: 260, overflowY: "auto" }}>
        <StatisticsTable groups={summaries.groups} measure={measure} />
      </Box>
    </Card>
  );
}
