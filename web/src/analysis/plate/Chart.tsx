import Box from "@mui/material/Box";
import Button from "@mui/material/Button";
import Stack from "@mui/material/Stack";
import Typography from "@mui/material/Typography";
import { type ReactNode, useLayoutEffect, useRef, useState } from "react";
import { useText } from "../../i18n/useText";
import { saveChart } from "./chartFile";

interface Props {
  title: string;
  /** px; narrower where there is less room */
  maxWidth: number;
  heightOf: (width: number) => number;
  /** said to those who do not see it */
  description: string;
  /** the drawing in px, so that its letters stay readable on a phone */
  children: (width: number, height: number) => ReactNode;
  onData?: () => void;
}

/** A drawing with its title, and ways to take it along: SVG, PNG, its data. */
export function Chart({ title, maxWidth, heightOf, description, children, onData }: Props) {
  const t = useText();
  const svg = useRef<SVGSVGElement>(null);
  const frame = useRef<HTMLDivElement>(null);
  const [room, setRoom] = useState(maxWidth);
  useLayoutEffect(() => {
    const element = frame.current;
    if (!element) return;
    const watch = new ResizeObserver(() => setRoom(element.clientWidth));
    watch.observe(element);
    return () => watch.disconnect();
  }, []);
  const width = Math.max(280, Math.min(maxWidth, room || maxWidth));
  const height = heightOf(width);
  const save = (kind: "svg" | "png") => svg.current && void saveChart(svg.current, title, kind);
  return (
    <Box component="figure" ref={frame} sx={{ m: 0, maxWidth, minWidth: 0 }}>
      <Stack direction="row" sx={{ alignItems: "center", flexWrap: "wrap" }}>
        <Typography component="figcaption" sx={{ fontWeight: 600, flex: 1, minWidth: 140 }}>
          {title}
        </Typography>
        <Button size="small" sx={{ minWidth: 0 }} onClick={() => save("svg")}>
          SVG
        </Button>
        <Button size="small" sx={{ minWidth: 0 }} onClick={() => save("png")}>
          PNG
        </Button>
        {onData && (
          <Button size="small" sx={{ minWidth: 0 }} onClick={onData}>
            {t("plate.data")}
          </Button>
        )}
      </Stack>
      <svg
        ref={svg}
        viewBox={`0 0 ${width} ${height}`}
        width={width}
        height={height}
        role="group"
        aria-label={description}
        style={{ display: "block", maxWidth: "100%" }}
      >
        {children(width, height)}
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

// viridis at five places
const STOPS = [
  [68, 1, 84],
  [59, 82, 139],
  [33, 145, 140],
  [94, 201, 98],
  [253, 231, 37],
] as const;

/** A colour for a share from 0 to 1, seen by all eyes and in grey. */
export function viridis(share: number): string {
  const at = Math.min(Math.max(share, 0), 0.9999) * (STOPS.length - 1);
  const [from, to] = [STOPS[Math.floor(at)] ?? STOPS[0], STOPS[Math.floor(at) + 1] ?? STOPS[4]];
  return `rgb(${from.map((value, i) => Math.round(value + ((to[i] ?? value) - value) * (at % 1))).join(",")})`;
}
