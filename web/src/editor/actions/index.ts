import type { ActionContext, EditorAction } from "./action";
import { objectActions } from "./objects";
import { stepActions } from "./steps";
import { toolActions } from "./tools";
import { viewActions } from "./views";

/** Everything that a person can do in the editor, in the order of the toolbar. */
export function editorActions(context: ActionContext): EditorAction[] {
  return [
    ...toolActions(context),
    ...stepActions(context),
    ...objectActions(context),
    ...viewActions(context),
  ];
}
