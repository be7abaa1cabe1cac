import { useEffect, useState } from "react";
import type { ImageSummary } from "../api/images";
import { AlertIcon } from "../ui/icons";
import type { Rings } from "./thumbnailBundle";
import { wantOutlines } from "./thumbnailOutlines";

interface Props {
  image: ImageSummary;
  height: number;
  /** Cut to fill its place instead of shown whole. */
  isFilling?: boolean;
}

/** A small picture with its outlines drawn on it. Vector paths: a canvas each would be a layer each while scrolling. */
export function Thumbnail({ image, height, isFilling = false }: Props) {
  const [isShown, setShown] = useState(false);
  const [path, setPath] = useState("");
  const isSegmented = image.segmentation_state === "done" && image.n_objects > 0;
  const { id, project_id, version } = image;
  useEffect(() => {
    if (!isSegmented || !isShown) return;
    return wantOutlines({ id, project_id, version }, (rings) => setPath(pathOf(rings)));
  }, [id, project_id, version, isSegmented, isShown]);
  return (
    <div className={isFilling ? "picture filled" : "picture"} style={{ height }}>
      {image.state === "ready" ? (
        <>
          <img
            src={`/api/v1/images/${id}/thumbnail`}
            alt=""
            loading="lazy"
            decoding="async"
            onLoad={() => setShown(true)}
            style={{ opacity: isShown ? 1 : 0 }}
          />
          {isSegmented && path && (
            <svg
              aria-hidden
              viewBox={`0 0 ${image.width} ${image.height}`}
              preserveAspectRatio={isFilling ? "xMidYMid slice" : undefined}
            >
              <path d={path} />
            </svg>
          )}
        </>
      ) : (
        image.state === "failed" && <AlertIcon sx={{ fontSize: 36, color: "error.main" }} />
      )}
    </div>
  );
}

function pathOf(rings: Rings): string {
  return rings
    .map((ring) => `M${Array.from(ring, (value) => Math.round(value * 10) / 10).join(" ")}Z`)
    .join("");
}
