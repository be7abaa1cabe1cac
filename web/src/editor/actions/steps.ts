import { canRedo, canUndo } from "../session/sync";
import type { SyncState } from "../session/syncState";
import type { ActionContext, EditorAction } from "./action";

export function stepActions({ controller }: ActionContext): EditorAction[] {
  const session = () => controller.session.get();
  const can = (ask: (state: SyncState) => boolean) => {
    const now = session();
    return now !== null && ask(now.sync);
  };
  return [
    {
      id: "undo",
      title: "app.undo",
      place: "group_step",
      keys: ["Mod+Z"],
      icon: "M9 7 4 12l5 5M4 12h10a6 6 0 0 1 6 6",
      run: () => session()?.undo(),
      isEnabled: () => can(canUndo),
    },
    {
      id: "redo",
      title: "editor.redo",
      place: "group_step",
      keys: ["Mod+Shift+Z", "Mod+Y"],
      icon: "M15 7l5 5-5 5M20 12H10a6 6 0 0 0-6 6",
      run: () => session()?.redo(),
      isEnabled: () => can(canRedo),
    },
    {
      id: "finish",
      title: "editor.finish",
      place: "group_step",
      keys: ["Enter"],
      icon: "M5 13l4 4L19 7",
      isQuiet: true,
      isEnabled: () => controller.isEditable && isOnPicture(),
      run: () => controller.press("enter"),
    },
    {
      id: "cancel",
      title: "editor.cancel",
      place: "group_step",
      keys: ["Escape"],
      icon: "M6 6l12 12M18 6L6 18",
      isQuiet: true,
      run: () => controller.press("escape"),
    },
    {
      id: "press",
      title: "editor.press",
      place: "group_step",
      keys: ["Space"],
      icon: "M12 5v14M5 12h14",
      isQuiet: true,
      isEnabled: isOnPicture,
      run: () => {
        controller.press("down");
        controller.press("up");
      },
    },
  ];
}

/** Keys that buttons need too are the editor's only where no button has them. */
function isOnPicture(): boolean {
  const here = document.activeElement;
  return !here || here === document.body || here.getAttribute("role") === "application";
}
