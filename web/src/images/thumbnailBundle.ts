import { decodeFrameOutlines } from "../geometry/frameOutlines";

export type Rings = readonly Float64Array[];

/** The rough outlines of several images: blocks of a length (uint32, little-endian) and a frame, whose header names the image. */
export function decodeThumbnailBundle(buffer: ArrayBuffer): Map<string, Rings> {
  const found = new Map<string, Rings>();
  const view = new DataView(buffer);
  for (let at = 0; at < buffer.byteLength; ) {
    const block = buffer.slice(at + 4, at + 4 + view.getUint32(at, true));
    at += 4 + block.byteLength;
    const header = new TextDecoder().decode(new Uint8Array(block, 8, new DataView(block).getUint32(4, true)));
    const { image_id } = JSON.parse(header) as { image_id: string };
    found.set(
      image_id,
      decodeFrameOutlines(block).objects.flatMap((each) => each.outline.flat()),
    );
  }
  return found;
}
