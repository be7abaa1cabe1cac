import { subtract } from "../../geometry/boolean";
import type { TextKey } from "../../i18n";
import { removed } from "../tools/gather";
import { changed, free } from "../tools/shapes";
import { type ActionContext, type EditorAction, hasSelection, type PanelId, seen } from "./action";

const TRASH = "M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13M11 11v5M13 11v5";

export function objectActions({ controller, open }: ActionContext): EditorAction[] {
  const panel = (id: PanelId, key: string, icon: string, needs = 1): EditorAction => ({
    id,
    title: `editor.panel_${id}` as TextKey,
    place: "group_object",
    keys: [key],
    icon,
    run: () => open(id),
    isEnabled: () => (needs === 0 ? controller.isEditable : hasSelection(controller, needs)),
  });
  return [
    {
      id: "delete",
      title: "editor.delete",
      place: "group_object",
      keys: ["Delete", "Backspace"],
      icon: TRASH,
      isEnabled: () => controller.isEditable,
      run: seen(controller, (view) => {
        // in the middle of something the key is the tool's: the last corner, the chosen vertices
        if (controller.isToolBusy) controller.press("delete");
        else controller.act("remove", removed([...view.selected], view));
      }),
    },
    {
      id: "subtract",
      title: "editor.subtract",
      place: "group_object",
      keys: ["Shift+M"],
      icon: "M14 5a7 7 0 1 0 0 13 7 7 0 0 1 0-13ZM15 5a7 7 0 0 1 0 13",
      isEnabled: () => hasSelection(controller, 2),
      run: seen(controller, (view) => {
        const [first, ...others] = free(view.selected, view);
        if (!first || others.length === 0) return controller.refuse("selectTwo");
        const cut = others.map((each) => each.outline);
        controller.act("subtract", [changed(first, subtract(first.outline, cut))]);
      }),
    },
    panel("class", "C", "M4 5h7l9 9-7 7-9-9V5ZM8 9h.01"),
    panel("smooth", "Shift+S", "M3 16c3-12 6-12 9 0s6 0 9-8"),
    panel("simplify", "Shift+P", "M3 17 9 6l6 8 6-9"),
    panel("grow", "Shift+G", "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8ZM12 2v3M12 19v3M2 12h3M19 12h3"),
    panel("snap", "Shift+E", "M4 4v16M8 6c6 0 10 3 10 6s-4 6-10 6M12 12H8"),
    panel("copy", "Shift+N", "M4 4h11v11H4zM9 19h11V9", 0),
    panel("filter", "Shift+D", "M4 5h16l-6 8v6l-4-2v-4L4 5Z", 0),
    {
      id: "selectAll",
      title: "editor.selectAll",
      place: "group_object",
      keys: ["Mod+A"],
      icon: "M4 4h16v16H4zM8 12l3 3 5-6",
      isQuiet: true,
      run: seen(controller, (view) => {
        const hidden = controller.hidden.get();
        controller.selected.set(new Set([...view.document.keys()].filter((each) => !hidden.has(each))));
      }),
    },
    {
      id: "hide",
      title: "editor.hide",
      place: "group_object",
      keys: ["Shift+H"],
      icon: "M4 4l16 16M10 6c7-1 12 6 12 6l-3 4M6 8c-3 2-4 4-4 4s4 7 10 7c2 0 3 0 4-1",
      isQuiet: true,
      isEnabled: () => controller.selected.get().size > 0,
      run: () => {
        controller.hidden.set((now) => new Set([...now, ...controller.selected.get()]));
        controller.selected.set(new Set());
      },
    },
    {
      id: "showAll",
      title: "editor.showAll",
      place: "group_object",
      keys: ["Alt+Shift+H"],
      icon: "M2 12s4-7 10-7 10 7 10 7-4 7-10 7S2 12 2 12Z",
      isQuiet: true,
      isEnabled: () => controller.hidden.get().size > 0,
      run: () => controller.hidden.set(new Set()),
    },
    ...nudges(controller),
  ];
}

const DIRECTIONS = [
  ["Left", -1, 0],
  ["Right", 1, 0],
  ["Up", 0, -1],
  ["Down", 0, 1],
] as const;

/** The arrow keys while objects are moved. */
function nudges(controller: ActionContext["controller"]): EditorAction[] {
  return [1, 10].map((px) => ({
    id: `nudge${px}`,
    title: px === 1 ? "editor.nudge" : "editor.nudgeFar",
    place: "group_object",
    keys: DIRECTIONS.map(([name]) => (px === 1 ? `Arrow${name}` : `Shift+Arrow${name}`)),
    icon: "",
    isQuiet: true,
    isEnabled: () => controller.tool.get() === "move" && hasSelection(controller),
    run: (chord?: string) => {
      const direction = DIRECTIONS.find(([name]) => chord?.endsWith(name));
      if (direction) controller.press("nudge", [direction[1] * px, direction[2] * px]);
    },
  }));
}
