import type { TextKey } from "../../i18n";
import type { OutlineLook } from "../../viewer/layers/paint";
import type { EditorController } from "../controller";
import type { ToolView } from "../tools/tool";

/** The groups of the toolbar, in their order; those before `step` hold tools. */
export const PLACES = [
  "group_select",
  "group_draw",
  "group_cut",
  "group_step",
  "group_object",
  "group_view",
] as const;
export type Place = (typeof PLACES)[number];

/** One thing that a person can do in the editor. Toolbar, keyboard, help and palette are made from the list of these. */
export interface EditorAction {
  readonly id: string;
  readonly title: TextKey;
  readonly place: Place;
  readonly keys: readonly string[];
  /** Drawn with a 2 px line in a 24 × 24 box. */
  readonly icon: string;
  /** Hears which of its keys it was. */
  readonly run: (chord?: string) => void;
  readonly isEnabled?: () => boolean;
  readonly isPressed?: () => boolean;
  /** In the list, the keyboard and the palette, but not on the toolbar. */
  readonly isQuiet?: boolean;
}

const PANELS = ["class", "smooth", "simplify", "grow", "snap", "copy", "filter", "palette"] as const;
export type PanelId = (typeof PANELS)[number];

/** What the actions work on. */
export interface ActionContext {
  readonly controller: EditorController;
  readonly look: () => OutlineLook;
  readonly setLook: (look: OutlineLook) => void;
  readonly open: (panel: PanelId) => void;
}

/** What has to be looked at before it is done. */
export function seen(controller: EditorController, work: (view: ToolView) => void): () => void {
  return () => {
    const view = controller.view();
    if (view) work(view);
  };
}

export function hasSelection(controller: EditorController, least = 1): boolean {
  return controller.isEditable && controller.selected.get().size >= least;
}
