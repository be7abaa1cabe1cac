import Box from "@mui/material/Box";
import Skeleton from "@mui/material/Skeleton";
import { useEffect, useRef, useState } from "react";
import { AlertIcon } from "../ui/icons";
import type { ImageSummary } from "./queries";
import { thumbnailOutlines } from "./thumbnailOutlines";

const COLOUR = "#19e0c8";

/** A small picture with its outlines drawn on it. */
export function Thumbnail({ image, height }: { image: ImageSummary; height: number }) {
  const [isShown, setShown] = useState(false);
  const canvas = useRef<HTMLCanvasElement>(null);
  const isSegmented = image.segmentation_state === "done" && image.n_objects > 0;
  const { id, width, height: fullHeight, version } = image;
  useEffect(() => {
    const element = canvas.current;
    if (!isSegmented || !isShown || !element || !width || !fullHeight) return;
    const stop = new AbortController();
    // a card that is scrolled past at once asks for nothing
    const timer = setTimeout(() => {
      thumbnailOutlines(id, version, stop.signal)
        .then((outlines) => outlines && draw(element, outlines, width, fullHeight))
        .catch(() => undefined); // the picture without outlines is still a picture
    }, 120);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [id, version, isSegmented, isShown, width, fullHeight]);
  return (
    <Box
      sx={{
        position: "relative",
        height,
        bgcolor: "action.hover",
        display: "grid",
        placeItems: "center",
        overflow: "hidden",
      }}
    >
      {image.state === "ready" ? (
        <>
          {!isShown && (
            <Skeleton variant="rectangular" sx={{ position: "absolute", inset: 0, height: "100%" }} />
          )}
          <img
            src={`/api/v1/images/${id}/thumbnail`}
            alt=""
            loading="lazy"
            decoding="async"
            onLoad={() => setShown(true)}
            style={{ width: "100%", height: "100%", objectFit: "contain", position: "absolute", inset: 0 }}
          />
          {isSegmented && (
            <canvas
              ref={canvas}
              aria-hidden
              style={{ width: "100%", height: "100%", objectFit: "contain", position: "absolute", inset: 0 }}
            />
          )}
        </>
      ) : image.state === "failed" ? (
        <AlertIcon sx={{ fontSize: 36, color: "error.main" }} />
      ) : (
        <Skeleton variant="rectangular" sx={{ position: "absolute", inset: 0, height: "100%" }} />
      )}
    </Box>
  );
}

function draw(
  canvas: HTMLCanvasElement,
  rings: readonly Float64Array[],
  width: number,
  height: number,
): void {
  const scale = 512 / Math.max(width, height);
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  const context = canvas.getContext("2d");
  if (!context) return;
  context.scale(scale, scale);
  context.beginPath();
  for (const ring of rings) {
    context.moveTo(ring[0] as number, ring[1] as number);
    for (let v = 2; v < ring.length; v += 2) context.lineTo(ring[v] as number, ring[v + 1] as number);
    context.closePath();
  }
  context.strokeStyle = COLOUR;
  context.lineWidth = 3 / scale;
  context.stroke();
}
