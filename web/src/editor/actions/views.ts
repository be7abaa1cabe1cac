import type { ActionContext, EditorAction } from "./action";

const CIRCLE = "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16Z";

export function viewActions({ controller, look, setLook, open }: ActionContext): EditorAction[] {
  const size = (factor: number) => () =>
    controller.options.set((now) => ({
      ...now,
      brushPx: Math.max(1, Math.min(500, Math.round(now.brushPx * factor * 2) / 2)),
    }));
  return [
    {
      id: "outlines",
      title: "editor.toggleOutlines",
      place: "group_view",
      keys: ["O"],
      icon: CIRCLE,
      run: () => setLook({ ...look(), lineWidth: look().lineWidth > 0 ? 0 : 2 }),
      isPressed: () => look().lineWidth > 0,
    },
    {
      id: "fill",
      title: "editor.toggleFill",
      place: "group_view",
      keys: ["F"],
      icon: `${CIRCLE}M7 14l7-7M9 17l8-8`,
      run: () => setLook({ ...look(), fillOpacity: look().fillOpacity > 0 ? 0 : 0.35 }),
      isPressed: () => look().fillOpacity > 0,
    },
    {
      id: "labels",
      title: "editor.toggleLabels",
      place: "group_view",
      keys: ["T"],
      icon: "M5 6h14M12 6v13",
      run: () => setLook({ ...look(), showLabels: !look().showLabels }),
      isPressed: () => look().showLabels,
    },
    {
      id: "smaller",
      title: "editor.brushSmaller",
      place: "group_view",
      keys: ["["],
      icon: "M5 12h14",
      isQuiet: true,
      run: size(0.8),
    },
    {
      id: "larger",
      title: "editor.brushLarger",
      place: "group_view",
      keys: ["]"],
      icon: "M12 5v14M5 12h14",
      isQuiet: true,
      run: size(1.25),
    },
    {
      id: "palette",
      title: "editor.palette",
      place: "group_view",
      keys: ["Mod+K"],
      icon: "M4 6h16M4 12h16M4 18h10",
      run: () => open("palette"),
    },
  ];
}
