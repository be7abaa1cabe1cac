import Box from "@mui/material/Box";
import type OlMap from "ol/Map";
import { useEffect, useRef, useState } from "react";

const SIDE_PX = 132;

/** The whole picture in small, with the part that is on the screen; a press goes there. Hidden while all is seen. */
export function Minimap({
  map,
  width,
  height,
  src,
}: {
  map: OlMap;
  width: number;
  height: number;
  src: string;
}) {
  const frame = useRef<HTMLDivElement>(null);
  const [isPart, setPart] = useState(false);
  const scale = SIDE_PX / Math.max(width, height);
  useEffect(() => {
    const view = map.getView();
    function follow() {
      const [x0, y0, x1, y1] = view.calculateExtent(map.getSize()) as [number, number, number, number];
      setPart(x1 - x0 < width * 0.95 || y1 - y0 < height * 0.95);
      const element = frame.current;
      if (!element) return;
      element.style.transform = `translate(${x0 * scale}px, ${-y1 * scale}px)`;
      element.style.width = `${(x1 - x0) * scale}px`;
      element.style.height = `${(y1 - y0) * scale}px`;
    }
    follow();
    map.on("postrender", follow);
    return () => map.un("postrender", follow);
  }, [map, width, height, scale]);
  function go(event: React.PointerEvent<HTMLDivElement>) {
    if (event.buttons === 0) return;
    const box = event.currentTarget.getBoundingClientRect();
    map.getView().setCenter([(event.clientX - box.left) / scale, -(event.clientY - box.top) / scale]);
  }
  return (
    <Box
      aria-hidden
      onPointerDown={go}
      onPointerMove={go}
      sx={{
        position: "absolute",
        right: 10,
        bottom: 10,
        overflow: "hidden",
        border: "1px solid rgba(255, 255, 255, 0.7)",
        borderRadius: 1,
        bgcolor: "#000000",
        cursor: "pointer",
        touchAction: "none",
        display: { xs: "none", sm: "block" },
        visibility: isPart ? "visible" : "hidden",
      }}
      style={{ width: width * scale, height: height * scale }}
    >
      <Box
        component="img"
        src={src}
        alt=""
        draggable={false}
        sx={{ width: "100%", height: "100%", display: "block" }}
      />
      <Box
        ref={frame}
        sx={{
          position: "absolute",
          left: 0,
          top: 0,
          border: "2px solid #ffe14d",
          boxShadow: "0 0 0 1px #000000",
          pointerEvents: "none",
        }}
      />
    </Box>
  );
}
