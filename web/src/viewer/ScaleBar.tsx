import Box from "@mui/material/Box";
import Typography from "@mui/material/Typography";
import type OlMap from "ol/Map";
import { useEffect, useState } from "react";
import { formatNumber } from "../i18n/numbers";
import { scaleBar } from "./scaleBar";

/** A round length as it is on the screen, and how far the picture is zoomed. */
export function ScaleBar({ map, pixelSizeUm }: { map: OlMap; pixelSizeUm: number | null }) {
  const [resolution, setResolution] = useState(() => map.getView().getResolution() ?? 1);
  useEffect(() => {
    const view = map.getView();
    const follow = () => setResolution(view.getResolution() ?? 1);
    follow();
    view.on("change:resolution", follow);
    return () => view.un("change:resolution", follow);
  }, [map]);
  const bar = scaleBar((pixelSizeUm ?? 1) * resolution);
  return (
    <Box
      data-resolution={resolution}
      sx={{
        position: "absolute",
        bottom: 10,
        left: 12,
        color: "#ffffff",
        bgcolor: "rgba(0, 0, 0, 0.65)",
        px: 1,
        py: 0.5,
        borderRadius: 1,
        pointerEvents: "none",
      }}
    >
      <Typography variant="caption" component="div" sx={{ lineHeight: 1.2 }}>
        {formatNumber(bar.length)} {pixelSizeUm ? "µm" : "px"} · {formatNumber(100 / resolution, 3)} %
      </Typography>
      <Box sx={{ height: 4, bgcolor: "#ffffff", mt: 0.25 }} style={{ width: bar.widthPx }} />
    </Box>
  );
}
