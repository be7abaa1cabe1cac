import { api, ok } from "../api/client";
import { decodeThumbnailBundle, type Rings } from "./thumbnailBundle";

interface Wanted {
  projectId: string;
  imageId: string;
  name: string;
  draw: (rings: Rings) => void;
}

const MOST_CACHED = 2000;
const AT_ONCE = 100;
const cache = new Map<string, Rings>();
const waiting = new Set<Wanted>();
let isAsking = false;
let isMoving = false;

/** While a list moves under the hand nothing is asked for: it would be gone before it comes. */
export function holdOutlines(isHeld: boolean): void {
  isMoving = isHeld;
  if (!isHeld) pump();
}

/** Asks for the outlines of an image's first frame; returns how to take the question back. */
export function wantOutlines(
  image: { id: string; project_id: string; version: number },
  draw: Wanted["draw"],
): () => void {
  const name = `${image.id}/${image.version}`;
  const before = cache.get(name);
  if (before) {
    draw(before);
    return () => undefined;
  }
  const wanted = { projectId: image.project_id, imageId: image.id, name, draw };
  waiting.add(wanted);
  setTimeout(pump, 120); // a card that is scrolled past at once asks for nothing; those that stay ask together
  return () => waiting.delete(wanted);
}

function pump(): void {
  const [first] = waiting;
  if (isMoving || isAsking || !first) return;
  const together = [...waiting].filter((each) => each.projectId === first.projectId).slice(0, AT_ONCE);
  for (const wanted of together) waiting.delete(wanted);
  isAsking = true;
  read(
    first.projectId,
    together.map((each) => each.imageId),
  )
    .then((found) => {
      for (const { imageId, name, draw } of together) {
        const rings = found.get(imageId) ?? [];
        cache.set(name, rings);
        if (cache.size > MOST_CACHED) cache.delete(cache.keys().next().value as string);
        draw(rings);
      }
    })
    .catch(() => undefined) // the picture without outlines is still a picture
    .finally(() => {
      isAsking = false;
      pump();
    });
}

async function read(projectId: string, imageIds: string[]): Promise<Map<string, Rings>> {
  const buffer = await ok(
    api.GET("/api/v1/projects/{project_id}/outlines", {
      params: { path: { project_id: projectId }, query: { image_ids: imageIds, max_vertices: 48 } },
      parseAs: "arrayBuffer",
    }),
  );
  return decodeThumbnailBundle(buffer as ArrayBuffer);
}
