import type { Desk, EditorAction } from "./action";
import { objectActions } from "./objects";
import { stepActions } from "./steps";
import { toolActions } from "./tools";
import { viewActions } from "./views";

/** Everything that a person can do in the editor, in the order of the toolbar. */
export function editorActions(desk: Desk): EditorAction[] {
  return [...toolActions(desk), ...stepActions(desk), ...objectActions(desk), ...viewActions(desk)];
}
