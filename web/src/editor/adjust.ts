import { clean, grow, within } from "../geometry/boolean";
import { snapToEdge } from "../geometry/edges";
import type { Outline } from "../geometry/outline";
import { simplifyOutline } from "../geometry/simplify";
import { smoothOutline } from "../geometry/smooth";
import type { EditorController } from "./controller";
import type { Change } from "./document";
import { changed, free } from "./tools/shapes";
import type { ToolView } from "./tools/tool";

export const ADJUSTMENTS = ["smooth", "simplify", "grow", "snap"] as const;
export type Adjustment = (typeof ADJUSTMENTS)[number];

/** What a slider may say (image pixels); its middle values are those that are wanted most. */
export const RANGES: Record<Adjustment, { min: number; max: number; step: number; start: number }> = {
  smooth: { min: 0, max: 20, step: 0.25, start: 2 },
  simplify: { min: 0, max: 10, step: 0.1, start: 1 },
  grow: { min: -20, max: 20, step: 0.5, start: 2 },
  snap: { min: 1, max: 40, step: 1, start: 8 },
};

/** The chosen objects adjusted by so many pixels; those of which nothing would be left stay as they are. */
export function adjusted(controller: EditorController, how: Adjustment, px: number): Change[] {
  const view = controller.view();
  if (!view) return [];
  const adjust = adjuster(controller, how, px);
  return free(view.selected, view).flatMap((object) => {
    const outline = fitted(adjust(object.outline), view);
    return outline.length > 0 ? [changed(object, outline)] : [];
  });
}

function fitted(outline: Outline, view: ToolView): Outline {
  return within(outline, view.width, view.height);
}

function adjuster(controller: EditorController, how: Adjustment, px: number): (outline: Outline) => Outline {
  switch (how) {
    case "smooth":
      return (outline) => smoothOutline(outline, px);
    case "simplify":
      return (outline) => clean(simplifyOutline(outline, px));
    case "grow":
      return (outline) => (px === 0 ? outline : grow(outline, px));
    case "snap": {
      const edges = controller.edges();
      return (outline) => (edges ? snapToEdge(outline, edges.picture, edges.steep, px) : outline);
    }
  }
}
