import Layer from "ol/layer/Layer";
import type { FrameState } from "ol/Map";
import type { Outline } from "../geometry/outline";
import { DetailLevels } from "../geometry/simplify";
import { inImagePixels, strokeChosen, trace, type Window } from "../viewer/layers/paint";
import { NO_SKETCH, type Point, type Sketch } from "./tools/tool";

/** Somebody else on the same picture. */
export interface PeerCursor {
  name: string;
  colour: string;
  position: Point | null;
  /** Outlines of the objects that they work on. */
  holds: readonly Outline[];
}

/** What lies over the outlines and changes with every movement of the hand. */
interface OverlayContent {
  sketch: Sketch;
  selected: readonly Outline[];
  hovered: Outline | null;
  /** Proposed, not kept yet: of a smart tool, or of a slider. */
  proposed: readonly Outline[];
  mine: readonly Outline[];
  theirs: readonly Outline[];
  cursors: readonly PeerCursor[];
}

export const NOTHING: OverlayContent = {
  sketch: NO_SKETCH,
  selected: [],
  hovered: null,
  proposed: [],
  mine: [],
  theirs: [],
  cursors: [],
};

const LOOKS = { sketch: "#ffe14d", cut: "#ff5c5c", erase: "#ff5c5c", select: "#8fd3ff" } as const;

/** Few things, drawn anew in every frame on the page's own thread: they must not lag behind the hand. */
export class OverlayLayer extends Layer {
  private readonly canvas = document.createElement("canvas");
  private readonly context = this.canvas.getContext("2d");
  private readonly levels = new WeakMap<Outline, DetailLevels>();
  private isClear = true;
  private content: OverlayContent = NOTHING;

  constructor() {
    super({});
    this.canvas.style.cssText = "position:absolute;left:0;top:0;pointer-events:none";
  }

  setContent(content: OverlayContent): void {
    this.content = content;
    this.changed();
  }

  override render(state: FrameState | null): HTMLElement {
    const { context, canvas } = this;
    if (!state || !context) return canvas;
    const [width, height] = state.size as [number, number];
    const ratio = state.pixelRatio;
    if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
      canvas.style.width = `${width}px`;
      canvas.style.height = `${height}px`;
    } else if (!this.isClear) {
      context.setTransform(1, 0, 0, 1, 0, 0);
      context.clearRect(0, 0, canvas.width, canvas.height);
    }
    const [x, y] = state.viewState.center as [number, number];
    this.isClear = isEmpty(this.content);
    if (!this.isClear)
      this.draw(context, { centre: [x, -y], resolution: state.viewState.resolution, width, height, ratio });
    return canvas;
  }

  private draw(context: CanvasRenderingContext2D, window: Window): void {
    const { resolution } = window;
    const { sketch, selected, hovered, proposed, mine, theirs, cursors } = this.content;
    inImagePixels(context, window);
    const strokeAll = (
      outlines: readonly Outline[],
      colour: string,
      width: number,
      dash: readonly number[] = [],
    ) => {
      if (outlines.length === 0) return;
      context.beginPath();
      for (const each of outlines) trace(context, this.at(each, resolution));
      context.setLineDash(dash.map((px) => px * resolution));
      context.strokeStyle = "rgba(0, 0, 0, 0.7)";
      context.lineWidth = (width + 2) * resolution;
      context.stroke();
      context.strokeStyle = colour;
      context.lineWidth = width * resolution;
      context.stroke();
      context.setLineDash([]);
    };
    if (hovered) strokeAll([hovered], "#ffffff", 2);
    if (selected.length > 0) {
      context.beginPath();
      for (const each of selected) trace(context, this.at(each, resolution));
      strokeChosen(context, resolution);
    }
    strokeAll(
      [...sketch.instead.values()].filter((each) => each !== null),
      "#ffe14d",
      2.5,
    );
    strokeAll(proposed, "#ffe14d", 2.5, [6, 4]);
    strokeAll(theirs, "#ff7ad9", 3);
    strokeAll(mine, "#ffb000", 3, [8, 5]);
    for (const peer of cursors) strokeAll(peer.holds, peer.colour, 3, [2, 5]);
    this.drawSketch(context, sketch, resolution);
    for (const peer of cursors) if (peer.position) drawCursor(context, peer.position, peer, resolution);
  }

  private drawSketch(context: CanvasRenderingContext2D, sketch: Sketch, resolution: number): void {
    for (const { points, isClosed, look, width } of sketch.lines) {
      context.beginPath();
      for (const [i, [x, y]] of points.entries()) {
        if (i === 0) context.moveTo(x, y);
        context.lineTo(x, y);
      }
      if (isClosed) context.closePath();
      if (width !== null) {
        context.globalAlpha = 0.4;
        context.strokeStyle = LOOKS[look];
        context.lineWidth = width;
        context.stroke();
        context.globalAlpha = 1;
        continue;
      }
      context.setLineDash(look === "select" ? [5 * resolution, 4 * resolution] : []);
      context.strokeStyle = "rgba(0, 0, 0, 0.7)";
      context.lineWidth = 4 * resolution;
      context.stroke();
      context.strokeStyle = LOOKS[look];
      context.lineWidth = 2 * resolution;
      context.stroke();
      context.setLineDash([]);
    }
    if (sketch.brush) {
      const { point, radius, isErasing } = sketch.brush;
      context.beginPath();
      context.arc(point[0], point[1], radius, 0, 2 * Math.PI);
      context.strokeStyle = "rgba(0, 0, 0, 0.8)";
      context.lineWidth = 3 * resolution;
      context.stroke();
      context.strokeStyle = isErasing ? LOOKS.erase : "#ffffff";
      context.lineWidth = 1.5 * resolution;
      context.stroke();
    }
    const side = 7 * resolution;
    context.lineWidth = 1.5 * resolution;
    context.strokeStyle = "#000000";
    for (const { point, isChosen } of sketch.handles) {
      context.fillStyle = isChosen ? "#ffb000" : "#ffffff";
      context.fillRect(point[0] - side / 2, point[1] - side / 2, side, side);
      context.strokeRect(point[0] - side / 2, point[1] - side / 2, side, side);
    }
  }

  private at(outline: Outline, resolution: number): Outline {
    let levels = this.levels.get(outline);
    if (!levels) {
      levels = new DetailLevels(outline);
      this.levels.set(outline, levels);
    }
    return levels.at(resolution);
  }
}

function drawCursor(
  context: CanvasRenderingContext2D,
  [x, y]: Point,
  { name, colour }: PeerCursor,
  resolution: number,
): void {
  const px = (n: number) => n * resolution;
  context.beginPath();
  context.moveTo(x, y);
  context.lineTo(x + px(5), y + px(15));
  context.lineTo(x + px(8), y + px(9));
  context.lineTo(x + px(14), y + px(8));
  context.closePath();
  context.fillStyle = colour;
  context.fill();
  context.strokeStyle = "#000000";
  context.lineWidth = px(1);
  context.stroke();
  context.font = `600 ${px(12)}px system-ui, sans-serif`;
  context.textAlign = "left";
  context.textBaseline = "top";
  const width = context.measureText(name).width;
  context.fillStyle = colour;
  context.fillRect(x + px(12), y + px(14), width + px(8), px(17));
  context.fillStyle = "#000000";
  context.fillText(name, x + px(16), y + px(16));
}

function isEmpty({ sketch, selected, hovered, proposed, mine, theirs, cursors }: OverlayContent): boolean {
  return (
    !hovered &&
    !sketch.brush &&
    [selected, proposed, mine, theirs, cursors, sketch.lines, sketch.handles].every(
      (each) => each.length === 0,
    ) &&
    sketch.instead.size === 0
  );
}
