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

/** What takes the hand's events; true: the map may have them, to pan and zoom. */
export type Hear = (event: ToolEvent) => boolean;

/** Turns what pointers do on the map into events of tools. Two fingers and the middle button are the map's own. */
export class Gestures extends Interaction {
  private isTaken = false;
  private isPassed = false;
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
