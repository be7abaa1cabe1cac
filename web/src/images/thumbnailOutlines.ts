import { api, ok } from "../api/client";
import { decodeFrame } from "../geometry/frame";
import { simplifyRing } from "../geometry/simplify";

const KEPT = 600;
const kept = new Map<string, Float64Array[]>();

/** The outlines of an image's first frame with the few vertices that a thumbnail shows; null where there are none. */
export async function thumbnailOutlines(
  imageId: string,
  version: number,
  signal: AbortSignal,
): Promise<Float64Array[] | null> {
  const key = `${imageId}/${version}`;
  const before = kept.get(key);
  if (before) return before;
  const frames = await ok(
    api.GET("/api/v1/images/{image_id}/frames", { signal, params: { path: { image_id: imageId } } }),
  );
  const resultId = frames.find((each) => each.result_id)?.result_id;
  if (!resultId) return null;
  const buffer = await ok(
    api.GET("/api/v1/results/{result_id}/outlines", {
      signal,
      params: { path: { result_id: resultId } },
      parseAs: "arrayBuffer",
    }),
  );
  const { objects } = decodeFrame(buffer as unknown as ArrayBuffer);
  const rings = objects.flatMap((each) =>
    each.outline.flatMap((part) => part.map((ring) => simplifyRing(ring, 2))),
  );
  kept.set(key, rings);
  if (kept.size > KEPT) kept.delete(kept.keys().next().value as string);
  return rings;
}
