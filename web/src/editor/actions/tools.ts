import type { TextKey } from "../../i18n";
import type { ToolId } from "../tools";
import { merged } from "../tools/gather";
import { type ActionContext, type EditorAction, hasSelection, type Place, seen } from "./action";

const GROUPS: readonly (readonly [Place, readonly ToolId[]])[] = [
  ["group_select", ["select", "vertices", "reshape", "move"]],
  ["group_draw", ["draw", "magnetic", "smart", "brush", "eraser"]],
  ["group_cut", ["split", "hole", "merge", "remove"]],
  ["group_view", ["scale"]],
];

const KEYS_AND_ICONS: Record<ToolId, readonly [key: string, icon: string]> = {
  select: ["V", "M5 3l13 9-6 1 4 7-3 1-3-7-5 4V3Z"],
  vertices: ["E", "M5 17 10 6l9 7-7 6-7-2ZM3 15h4v4H3zM8 4h4v4H8zM17 11h4v4h-4zM10 17h4v4h-4z"],
  reshape: ["A", "M3 18c3-9 6-11 9-11s6 2 9 11M6 10c2-6 10-6 12 0"],
  draw: ["N", "M12 3l9 7-3 11H6L3 10l9-7Z"],
  magnetic: ["L", "M6 4v8a6 6 0 0 0 12 0V4h-4v8a2 2 0 0 1-4 0V4H6ZM6 8h4M14 8h4"],
  smart: ["W", "M4 20 14 10M15 4v3M20 9h-3M18 6l-1.500 1.500M11 4.500l1 1.500M19.500 13 18 12"],
  brush: ["B", "M20 4c-5 2-9 6-11 10l2 2c4-2 8-6 9-12ZM8 15c-3 0-3 3-5 4 3 2 7 1 7-2l-2-2Z"],
  eraser: ["X", "M8 20h12M4 14 14 4l6 6-9 10H8l-4-4v-2ZM9 9l6 6"],
  split: ["S", "M4 20 20 4M7 7a4 4 0 0 0-2 7M17 17a4 4 0 0 0 2-7"],
  hole: ["H", "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18ZM12 8.500a3.500 3.500 0 1 0 0 7 3.500 3.500 0 0 0 0-7Z"],
  merge: ["M", "M9 5a7 7 0 1 0 3 12.500A7 7 0 1 0 15 5c-1 0-2 .3-3 .8A7 7 0 0 0 9 5Z"],
  move: [
    "G",
    "M12 3v18M3 12h18M12 3 9 6M12 3l3 3M12 21l-3-3M12 21l3-3M3 12l3-3M3 12l3 3M21 12l-3-3M21 12l-3 3",
  ],
  scale: ["U", "M3 15 15 3l6 6L9 21l-6-6ZM7 11l2 2M10 8l3 3M13 5l2 2"],
  remove: ["D", "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16ZM9 9l6 6M15 9l-6 6"],
};

export function toolActions({ controller }: ActionContext): EditorAction[] {
  const mergeNow = seen(controller, (view) => controller.act("merge", merged([...view.selected], view)));
  const grouped = GROUPS.flatMap(([place, ids]) => ids.map((id) => [place, id] as const));
  return grouped.map(([place, id]) => ({
    id,
    title: `editor.tool_${id}` as TextKey,
    place,
    keys: [KEYS_AND_ICONS[id][0]],
    icon: KEYS_AND_ICONS[id][1],
    isEnabled: () => id === "select" || id === "scale" || controller.isEditable,
    isPressed: () => controller.tool.get() === id,
    // objects that are chosen already are merged at once
    run: () => (id === "merge" && hasSelection(controller, 2) ? mergeNow() : controller.take(id)),
  }));
}
