import Interaction from "ol/interaction/Interaction";
import type MapBrowserEvent from "ol/MapBrowserEvent";
import type { ToolEvent } from "./tools/tool";

const TYPES: Record<string, ToolEvent["type"]> = {
  pointerdown: "down",
  pointerdrag: "move",
  pointermove: "move",
  pointerup: "up",
  dblclick: "double",
};

/** Two presses further apart than this (screen pixels) are two clicks, however quick: fingers are less exact. */
const DOUBLE_PX = { mouse: 6, touch: 20 };

/** What takes the hand's events; true: the map may have them, to pan and zoom. */
type Hear = (event: ToolEvent) => boolean;

/** Turns what pointers do on the map into events of tools. Two fingers and the middle button are the map's own. */
export class Gestures extends Interaction {
  private isTaken = false;
  private isPassed = false;
  private presses: readonly (readonly number[])[] = [];
  /** Held: every drag pans, whatever the tool. */
  isPanning = false;

  constructor(
    private readonly hear: Hear,
    /** Two fingers came down in the middle of a gesture: it was none. */
    private readonly cancel: () => void,
  ) {
    super({ handleEvent: (event) => this.handle(event as MapBrowserEvent<PointerEvent>) });
  }

  private handle(event: MapBrowserEvent<PointerEvent>): boolean {
    const type = TYPES[event.type];
    if (!type) return true;
    const pointer = event.originalEvent;
    // the map tells of a drag twice
    if (event.type === "pointermove" && pointer.buttons !== 0) return true;
    const nPointers = event.activePointers?.length ?? 0;
    if (type !== "up" && nPointers > 1) {
      if (this.isTaken) this.cancel();
      this.isTaken = false;
      this.isPassed = true;
      return true;
    }
    if (type === "down") this.presses = [...this.presses.slice(-1), event.pixel];
    if (type === "double" && !this.isAtOnePlace(pointer.pointerType === "touch")) return false;
    if (type === "down") {
      this.isPassed = this.isPanning || pointer.button !== 0;
      if (this.isPassed) return true;
    }
    if (this.isPassed && type !== "double" && !(type === "move" && event.type === "pointermove")) {
      if (type === "up") this.isPassed = nPointers > 0;
      // a tool that passed a press still hears where it ends: a click is not a drag
      if (type === "up" && pointer.button === 0 && !this.isPanning) this.hear(this.eventOf(event, "up"));
      if (type === "move") this.hear(this.eventOf(event, "move"));
      return true;
    }
    const isMaps = this.hear(this.eventOf(event, type));
    if (type === "down") {
      this.isTaken = !isMaps;
      this.isPassed = isMaps;
      return isMaps;
    }
    if (type === "up") this.isTaken = false;
    return type === "double" ? isMaps : !this.isTaken;
  }

  /** The map calls any two quick clicks a double one, also corners that are clicked along an edge. */
  private isAtOnePlace(isTouch: boolean): boolean {
    const [[x0, y0] = [], [x1, y1] = []] = this.presses as [number[]?, number[]?];
    if (x0 === undefined || y0 === undefined || x1 === undefined || y1 === undefined) return false;
    return Math.hypot(x1 - x0, y1 - y0) <= DOUBLE_PX[isTouch ? "touch" : "mouse"];
  }

  private eventOf(event: MapBrowserEvent<PointerEvent>, type: ToolEvent["type"]): ToolEvent {
    const [x, y] = event.coordinate as [number, number];
    const { shiftKey, altKey, ctrlKey, metaKey, pointerType } = event.originalEvent;
    return {
      type,
      point: [x, -y],
      isDown: event.type === "pointerdrag" || event.type === "pointerdown",
      shift: shiftKey,
      alt: altKey,
      mod: ctrlKey || metaKey,
      isTouch: pointerType === "touch",
    };
  }
}
