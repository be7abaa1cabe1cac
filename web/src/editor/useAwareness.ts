import { useEffect } from "react";
import { followCursors, publishCursor } from "../events/awareness";
import { useStore } from "../store/store";
import type { MapParts } from "../viewer/useMap";
import type { EditorController } from "./controller";
import type { EditorDocument } from "./document";
import type { ToolId } from "./tools";

// told apart without seeing red or green; none is a class's colour
const COLOURS = ["#ff9da7", "#9be564", "#c5b3ff", "#ffd166", "#7fe0ff", "#ffb3f0"];

// tools that do nothing to the chosen objects, so that others may have these
const FREE: ReadonlySet<ToolId> = new Set(["select", "draw", "magnetic", "smart"]);

/** Others on the same picture: where they point and what they hold; and tells them the same of oneself. */
export function useAwareness(
  controller: EditorController,
  imageId: string,
  frame: number,
  resultId: string | null,
  parts: MapParts | null,
  document: EditorDocument,
): void {
  const topic = `image:${imageId}`;
  useEffect(
    () =>
      followCursors(topic, (people) => {
        controller.cursors = people
          .filter((each) => each.frame === frame)
          .map((each, i) => {
            // another version of the same frame has other objects under the same numbers
            const numbers = each.result_id === resultId ? each.numbers : [];
            return {
              name: each.name,
              colour: COLOURS[i % COLOURS.length] as string,
              position: each.position,
              numbers: new Set(numbers),
              holds: numbers.flatMap((number) => {
                const object = document.get(number);
                return object ? [object.outline] : [];
              }),
            };
          });
        controller.redraw();
      }),
    [controller, topic, frame, resultId, document],
  );
  const selected = useStore(controller.selected);
  useEffect(() => {
    if (!parts) return;
    // objects are held while something is done to them, not while they are only looked at,
    // nor while nobody sees the page
    const tell = () => {
      const isWorking = !FREE.has(controller.tool.get()) && window.document.visibilityState === "visible";
      const numbers = isWorking ? [...selected].filter((each) => each > 0).slice(0, 50) : [];
      publishCursor({ topic, frame, result_id: resultId, position: controller.cursor.get(), numbers });
    };
    tell();
    const stops = [controller.cursor.subscribe(tell), controller.tool.subscribe(tell)];
    window.document.addEventListener("visibilitychange", tell);
    return () => {
      window.document.removeEventListener("visibilitychange", tell);
      for (const stop of stops) stop();
    };
  }, [controller, parts, topic, frame, resultId, selected]);
}
