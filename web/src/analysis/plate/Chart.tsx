import Box from "@mui/material/Box";
import Button from "@mui/material/Button";
import Stack from "@mui/material/Stack";
import Typography from "@mui/material/Typography";
import { type ReactNode, useRef } from "react";
import { useText } from "../../i18n/useText";
import { saveChart } from "./chartFile";

interface Props {
  title: string;
  width: number;
  height: number;
  /** said to those who do not see it */
  description: string;
  children: ReactNode;
  onData?: () => void;
}

/** A drawing with its title, and ways to take it along: SVG, PNG, its data. */
export function Chart({ title, width, height, description, children, onData }: Props) {
  const t = useText();
  const svg = useRef<SVGSVGElement>(null);
  const save = (kind: "svg" | "png") => svg.current && void saveChart(svg.current, title, kind);
  return (
    <Box component="figure" sx={{ m: 0, maxWidth: width }}>
      <Stack direction="row" sx={{ alignItems: "center", gap: 1, flexWrap: "wrap" }}>
        <Typography component="figcaption" sx={{ fontWeight: 600, flex: 1 }}>
          {title}
        </Typography>
        <Button size="small" onClick={() => save("svg")}>
          SVG
        </Button>
        <Button size="small" onClick={() => save("png")}>
          PNG
        </Button>
        {onData && (
          <Button size="small" onClick={onData}>
            {t("plate.data")}
          </Button>
        )}
      </Stack>
      <svg
        ref={svg}
        viewBox={`0 0 ${width} ${height}`}
        role="group"
        aria-label={description}
        style={{ width: "100%", display: "block" }}
      >
        {children}
      </svg>
    </Box>
  );
}

/** Four to six round numbers between two ends. */
export function ticks(low: number, high: number): number[] {
  const rough = (high - low) / 4 || 1;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((each) => each * power).find((each) => each >= rough) ?? rough;
  const found: number[] = [];
  for (let at = Math.ceil(low / step) * step; at <= high + step * 1e-9; at += step)
    found.push(Number(at.toPrecision(12)));
  return found;
}

export const short = (value: number) =>
  value !== 0 && (Math.abs(value) >= 1e5 || Math.abs(value) < 1e-3)
    ? value.toExponential(1).replace("e+", "e")
    : String(Number(value.toPrecision(3)));
