import { defaults as interactions } from "ol/interaction/defaults";
import type TileLayer from "ol/layer/Tile";
import OlMap from "ol/Map";
import { disableCoordinateWarning } from "ol/proj";
import View from "ol/View";
import { type RefObject, useEffect, useRef, useState } from "react";
import { OutlineLayer } from "./layers/outlines";
import { type Seen, watchPicture } from "./layers/picture";
import { extentOf, imageLayer } from "./layers/tiles";

disableCoordinateWarning(); // the places of a small picture look like degrees to it

export interface MapParts {
  map: OlMap;
  outlines: OutlineLayer;
  /** The pixels on the screen. */
  seen: () => Seen | null;
}

interface Picture {
  width: number;
  height: number;
  /** Changes when other pixels are to be shown. */
  tilesKey: string;
  tileUrl: (level: number, column: number, row: number) => string;
}

const MOST_ZOOM = 32; // screen pixels an image pixel

/** The map in an element: pixels, and a layer for outlines above them. */
export function useMap(target: RefObject<HTMLDivElement | null>, picture: Picture): MapParts | null {
  const { width, height, tilesKey } = picture;
  const latest = useRef(picture);
  latest.current = picture;
  const shown = useRef<{ layer: TileLayer; seen: Seen } | null>(null);
  const [parts, setParts] = useState<MapParts | null>(null);

  useEffect(() => {
    const element = target.current;
    if (!element) return;
    const extent = extentOf({ width, height });
    const view = new View({
      extent: [extent[0] - width / 2, extent[1] - height / 2, extent[2] + width / 2, extent[3] + height / 2],
      minResolution: 1 / MOST_ZOOM,
      maxResolution: Math.max(width, height) / 200,
      constrainOnlyCenter: true,
      showFullExtent: true,
      center: [width / 2, -height / 2],
      resolution: 1,
    });
    const isCalm = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    const map = new OlMap({
      target: element,
      view,
      controls: [],
      interactions: interactions({
        altShiftDragRotate: false,
        pinchRotate: false,
        shiftDragZoom: false,
        keyboard: false,
        zoomDuration: isCalm ? 0 : 150,
      }),
    });
    const outlines = new OutlineLayer();
    outlines.setZIndex(10);
    map.addLayer(outlines);
    let fitted = "";
    const showWhole = () => {
      showAll(map, width, height);
      fitted = whereabouts(view);
    };
    showWhole();
    // the whole image stays in sight when the window or a bar changes, until somebody has moved or zoomed
    map.on("change:size", () => {
      if (whereabouts(view) === fitted) showWhole();
    });
    setParts({ map, outlines, seen: () => shown.current?.seen ?? null });
    return () => {
      setParts(null);
      shown.current = null;
      map.setTarget(undefined);
      outlines.dispose();
      map.dispose();
    };
  }, [target, width, height]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: the key stands for what the tiles show
  useEffect(() => {
    if (!parts) return;
    const before = shown.current;
    const layer = imageLayer({ width, height, tileUrl: (...place) => latest.current.tileUrl(...place) });
    parts.map.getLayers().insertAt(before ? 1 : 0, layer);
    shown.current = { layer, seen: watchPicture(layer) };
    // what was shown stays below until the new tiles are there
    if (before)
      parts.map.once("rendercomplete", () => {
        before.seen.stop();
        parts.map.removeLayer(before.layer);
      });
  }, [parts, tilesKey, width, height]);
  return parts;
}

function whereabouts(view: View): string {
  return `${view.getCenter()} ${view.getResolution()}`;
}

export function showAll(map: OlMap, width: number, height: number): void {
  const element = map.getTargetElement();
  if (!element) return;
  const size: [number, number] = [Math.max(1, element.clientWidth), Math.max(1, element.clientHeight)];
  map.getView().fit(extentOf({ width, height }), { size, padding: [16, 16, 16, 16] });
}

/** Brings a box of image pixels onto the screen where it is not. */
export function bringIntoView(map: OlMap, box: readonly [number, number, number, number]): void {
  const view = map.getView();
  const [x0, y0, x1, y1] = view.calculateExtent() as [number, number, number, number];
  if (box[0] >= x0 && box[2] <= x1 && -box[3] >= y0 && -box[1] <= y1) return;
  view.animate({ center: [(box[0] + box[2]) / 2, -(box[1] + box[3]) / 2], duration: 200 });
}
