import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { decodeFrameOutlines } from "../../src/geometry/frameOutlines";
import { decodeThumbnailBundle } from "../../src/images/thumbnailBundle";

const frame = readFileSync(new URL("../geometry/frame.bin", import.meta.url));

/** A block as the service writes it: the frame of the other tests, whose header names an image as well. */
function block(imageId: string): Uint8Array {
  const length = frame.readUInt32LE(4);
  const header = JSON.parse(frame.subarray(8, 8 + length).toString());
  const named = Buffer.from(JSON.stringify({ ...header, image_id: imageId }));
  const parts = [frame.subarray(0, 4), Buffer.alloc(4), named, frame.subarray(8 + length)];
  parts[1]?.writeUInt32LE(named.length);
  const body = Buffer.concat(parts);
  const size = Buffer.alloc(4);
  size.writeUInt32LE(body.length);
  return Buffer.concat([size, body]);
}

test("each image of an answer has its own outlines", () => {
  const bytes = Uint8Array.from(Buffer.concat([block("a"), block("b")]));
  const found = decodeThumbnailBundle(bytes.buffer);
  const whole = decodeFrameOutlines(Uint8Array.from(frame).buffer).objects.flatMap((each) =>
    each.outline.flat(),
  );
  expect([...found.keys()]).toEqual(["a", "b"]);
  expect(found.get("b")).toEqual(whole);
  expect(decodeThumbnailBundle(new ArrayBuffer(0)).size).toBe(0);
});
