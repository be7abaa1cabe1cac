import { brush, eraser } from "./brush";
import { draw, magnetic } from "./draw";
import { merge, remove } from "./gather";
import { hole } from "./hole";
import { move } from "./move";
import { reshape } from "./reshape";
import { scale } from "./scale";
import { select } from "./select";
import { smart } from "./smart";
import { split } from "./split";
import type { Tool } from "./tool";
import { vertices } from "./vertices";

const TOOL_IDS = [
  "select",
  "vertices",
  "reshape",
  "draw",
  "magnetic",
  "smart",
  "brush",
  "eraser",
  "split",
  "hole",
  "merge",
  "move",
  "remove",
  "scale",
] as const;
export type ToolId = (typeof TOOL_IDS)[number];

/** Every tool. Each knows its own state only; who holds them need not know it. */
export const TOOLS = {
  select,
  vertices,
  reshape,
  draw,
  magnetic,
  smart,
  brush,
  eraser,
  split,
  hole,
  merge,
  move,
  remove,
  scale,
} as unknown as Record<ToolId, Tool<unknown>>;
