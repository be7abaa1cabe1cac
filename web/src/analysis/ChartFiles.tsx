import Button from "@mui/material/Button";
import type { RefObject } from "react";
import { useText } from "../i18n/useText";
import { saveChart } from "./plate/chartFile";

const KINDS = ["svg", "png"] as const;

/** The drawing in a frame as a file. */
export function ChartFiles({ frame, name }: { frame: RefObject<HTMLElement | null>; name: string }) {
  const t = useText();
  return KINDS.map((kind) => (
    <Button
      key={kind}
      size="small"
      aria-label={t("results.saveChart", { kind: kind.toUpperCase() })}
      onClick={() => {
        const drawings = [...(frame.current?.querySelectorAll("svg") ?? [])];
        const [largest] = drawings.sort((a, b) => b.clientWidth - a.clientWidth);
        if (largest) void saveChart(largest, name, kind);
      }}
    >
      {kind.toUpperCase()}
    </Button>
  ));
}
