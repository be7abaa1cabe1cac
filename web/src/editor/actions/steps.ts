import { canRedo, canUndo } from "../session/sync";
import type { SyncState } from "../session/syncState";
import type { Desk, EditorAction } from "./action";

export function stepActions({ bench }: Desk): EditorAction[] {
  const session = () => bench.session.get();
  const can = (ask: (state: SyncState) => boolean) => {
    const now = session();
    return now !== null && ask(now.sync);
  };
  return [
    {
      id: "undo",
      title: "app.undo",
      place: "step",
      keys: ["Mod+Z"],
      icon: "M9 7 4 12l5 5M4 12h10a6 6 0 0 1 6 6",
      run: () => session()?.undo(),
      isEnabled: () => can(canUndo),
    },
    {
      id: "redo",
      title: "editor.redo",
      place: "step",
      keys: ["Mod+Shift+Z", "Mod+Y"],
      icon: "M15 7l5 5-5 5M20 12H10a6 6 0 0 0-6 6",
      run: () => session()?.redo(),
      isEnabled: () => can(canRedo),
    },
    {
      id: "finish",
      title: "editor.finish",
      place: "step",
      keys: ["Enter"],
      icon: "M5 13l4 4L19 7",
      isQuiet: true,
      isEnabled: () => bench.isEditable && isOnPicture(),
      run: () => bench.press("enter"),
    },
    {
      id: "cancel",
      title: "editor.cancel",
      place: "step",
      keys: ["Escape"],
      icon: "M6 6l12 12M18 6L6 18",
      isQuiet: true,
      run: () => bench.press("escape"),
    },
    {
      id: "press",
      title: "editor.press",
      place: "step",
      keys: ["Space"],
      icon: "M12 5v14M5 12h14",
      isQuiet: true,
      isEnabled: isOnPicture,
      run: () => {
        bench.press("down");
        bench.press("up");
      },
    },
  ];
}

/** Keys that buttons need too are the editor's only where no button has them. */
function isOnPicture(): boolean {
  const here = document.activeElement;
  return !here || here === document.body || here.getAttribute("role") === "application";
}
