import { decodeOutline, type Outline, OutlineError, readVarint } from "./outline";

/** One object of a frame as the service sends it. */
export interface OutlinedObject {
  number: number;
  className: string;
  /** 0…1; null where nobody knows. */
  confidence: number | null;
  flags: readonly string[];
  isDrawn: boolean;
  outline: Outline;
}

export interface FrameOutlines {
  resultId: string;
  version: number;
  objects: OutlinedObject[];
}

interface Header {
  n: number;
  classes: string[];
  flags: string[];
  columns: [string, number][];
  result_id: string;
  version: number;
}

const MAGIC = "SSO1";
const CONFIDENCE_STEPS = 200;
const UNKNOWN = 255;

/** All outlines of a frame (the format is described at `frame_bytes` in the service's `server/compute/outlines.py`). */
export function decodeFrameOutlines(buffer: ArrayBuffer): FrameOutlines {
  const bytes = new Uint8Array(buffer);
  const text = new TextDecoder();
  if (text.decode(bytes.subarray(0, 4)) !== MAGIC) throw new OutlineError("these are no outlines");
  const headerEnd = 8 + new DataView(buffer).getUint32(4, true);
  const header = JSON.parse(text.decode(bytes.subarray(8, headerEnd))) as Header;
  const columns = new Map<string, number[]>();
  let at = headerEnd;
  for (const [name, length] of header.columns) {
    columns.set(name, varints(bytes, at, at + length, header.n));
    at += length;
  }
  const column = (name: string) => {
    const found = columns.get(name);
    if (!found) throw new OutlineError(`the column ${name} is missing`);
    return found;
  };
  const [numbers, classes, confidences] = [column("number"), column("class"), column("confidence")];
  const [flags, drawn, lengths] = [column("flags"), column("drawn"), column("length")];
  const objects: OutlinedObject[] = [];
  for (let i = 0; i < header.n; i += 1) {
    const end = at + (lengths[i] as number);
    if (end > bytes.length) throw new OutlineError("an outline ends too early");
    objects.push({
      number: numbers[i] as number,
      className: header.classes[classes[i] as number] ?? "",
      confidence: confidences[i] === UNKNOWN ? null : (confidences[i] as number) / CONFIDENCE_STEPS,
      flags: header.flags.filter((_, bit) => Math.floor((flags[i] as number) / 2 ** bit) % 2 === 1),
      isDrawn: drawn[i] === 1,
      outline: decodeOutline(bytes, at, end),
    });
    at = end;
  }
  return { resultId: header.result_id, version: header.version, objects };
}

function varints(bytes: Uint8Array, start: number, end: number, n: number): number[] {
  const values: number[] = [];
  let at = start;
  while (at < end) {
    const [value, next] = readVarint(bytes, at, end);
    values.push(value);
    at = next;
  }
  if (values.length !== n) throw new OutlineError("a column has not one value an object");
  return values;
}
