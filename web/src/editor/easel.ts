import type OlMap from "ol/Map";
import type { Change } from "./document";
import type { OutlineLayer } from "./layers/outlines";
import type { Seen } from "./layers/picture";

/** What lies on the table: proposals that are seen but not kept yet. */
export interface Proposal {
  readonly changes: readonly Change[];
  readonly kind: string;
}

/** The parts of the picture that the workbench works on. */
export interface Easel {
  map: OlMap;
  outlines: OutlineLayer;
  /** The layer with the pixels; another one when the display changes. */
  seen: () => Seen | null;
  width: number;
  height: number;
}
