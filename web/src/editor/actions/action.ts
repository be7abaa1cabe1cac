import type { TextKey } from "../../i18n";
import type { OutlineLook } from "../../viewer/layers/paint";
import type { ToolView } from "../tools/tool";
import type { Workbench } from "../workbench";

/** One thing that a person can do in the editor. Toolbar, keyboard, help and palette are made from the list of these. */
export interface EditorAction {
  readonly id: string;
  readonly title: TextKey;
  readonly place: "tool" | "step" | "object" | "view";
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

export const PANELS = ["class", "smooth", "simplify", "grow", "snap", "copy", "filter", "palette"] as const;
export type PanelId = (typeof PANELS)[number];

/** What the actions work on. */
export interface Desk {
  readonly bench: Workbench;
  readonly look: () => OutlineLook;
  readonly setLook: (look: OutlineLook) => void;
  readonly open: (panel: PanelId) => void;
}

/** What has to be looked at before it is done. */
export function seen(bench: Workbench, work: (view: ToolView) => void): () => void {
  return () => {
    const view = bench.view();
    if (view) work(view);
  };
}

export function hasSelection(bench: Workbench, least = 1): boolean {
  return bench.isEditable && bench.selected.get().size >= least;
}
