import type OlMap from "ol/Map";
import type { OutlineLayer } from "../viewer/layers/outlines";
import type { Seen } from "../viewer/layers/picture";
import type { Change } from "./document";

/** What lies on the table: proposals that are seen but not kept yet. */
export interface Proposal {
  readonly changes: readonly Change[];
  readonly kind: string;
}

/** The parts of the picture that the controller works on. */
export interface MapContext {
  map: OlMap;
  outlines: OutlineLayer;
  /** The layer with the pixels; another one when the display changes. */
  seen: () => Seen | null;
  width: number;
  height: number;
}
