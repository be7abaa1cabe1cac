import { api, ok } from "../api/client";
import { decodeFrame } from "../geometry/frame";
import { simplifyRing } from "../geometry/simplify";

export type Rings = readonly Float64Array[];
interface Wanted {
  imageId: string;
  name: string;
  draw: (rings: Rings) => void;
}

const KEPT = 600;
const AT_ONCE = 3;
const kept = new Map<string, Rings>();
const waiting = new Set<Wanted>();
let nRunning = 0;
let isMoving = false;

/** While a list moves under the hand nothing is asked for: it would be gone before it comes. */
export function holdOutlines(isHeld: boolean): void {
  isMoving = isHeld;
  if (!isHeld) pump();
}

/** Asks for the outlines of an image's first frame; returns how to take the question back. */
export function wantOutlines(imageId: string, version: number, draw: Wanted["draw"]): () => void {
  const name = `${imageId}/${version}`;
  const before = kept.get(name);
  if (before) {
    draw(before);
    return () => undefined;
  }
  const wanted = { imageId, name, draw };
  waiting.add(wanted);
  setTimeout(pump, 120); // a card that is scrolled past at once asks for nothing
  return () => waiting.delete(wanted);
}

function pump(): void {
  for (const wanted of waiting) {
    if (isMoving || nRunning >= AT_ONCE) return;
    waiting.delete(wanted);
    nRunning += 1;
    read(wanted.imageId)
      .then((rings) => {
        kept.set(wanted.name, rings);
        if (kept.size > KEPT) kept.delete(kept.keys().next().value as string);
        wanted.draw(rings);
      })
      .catch(() => undefined) // the picture without outlines is still a picture
      .finally(() => {
        nRunning -= 1;
        pump();
      });
  }
}

async function read(imageId: string): Promise<Rings> {
  const frames = await ok(
    api.GET("/api/v1/images/{image_id}/frames", { params: { path: { image_id: imageId } } }),
  );
  const resultId = frames.find((each) => each.result_id)?.result_id;
  if (!resultId) return [];
  const buffer = await ok(
    api.GET("/api/v1/results/{result_id}/outlines", {
      params: { path: { result_id: resultId } },
      parseAs: "arrayBuffer",
    }),
  );
  const { objects } = decodeFrame(buffer as unknown as ArrayBuffer);
  return objects.flatMap((each) => each.outline.flatMap((part) => part.map((ring) => simplifyRing(ring, 2))));
}
