import { useEffect, useRef } from "react";
import type { TextKey } from "../i18n";
import { createStore } from "../store/store";

/** Something a person can do here; menus, keyboard and the shortcuts sheet are made from lists of these. */
interface Action {
  id: string;
  /** Key of its name in the language files. */
  title: TextKey;
  /** For example `?`, `Shift+A`, `Mod+Z` (Mod: Ctrl, or ⌘ on a Mac); several keys may do the same. */
  keys: readonly string[];
  /** Hears which of its keys it was. */
  run: (chord?: string) => void;
  isEnabled?: () => boolean;
}

export interface ActionGroup {
  title: TextKey;
  actions: readonly Action[];
}

/** The groups of what is on the screen now. */
export const actionGroups = createStore<readonly ActionGroup[]>([]);

/** The chord of a key press in the notation of `Action.keys`. */
function chordOf(event: Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "altKey" | "shiftKey">): string {
  const isLetter = /^[a-z]$/i.test(event.key);
  const key = event.key === " " ? "Space" : isLetter ? event.key.toUpperCase() : event.key;
  const parts = [];
  if (event.ctrlKey || event.metaKey) parts.push("Mod");
  if (event.altKey) parts.push("Alt");
  // a sign such as ? already says that Shift was held
  if (event.shiftKey && (isLetter || event.key.length > 1)) parts.push("Shift");
  parts.push(key);
  return parts.join("+");
}

/** A chord as it is written for people. */
export function readable(chord: string): string {
  const mod = navigator.platform.startsWith("Mac") ? "⌘" : "Ctrl";
  const arrows = { ArrowLeft: "←", ArrowRight: "→", ArrowUp: "↑", ArrowDown: "↓" };
  return chord
    .replace("Mod", mod)
    .replace(/Arrow\w+/, (name) => arrows[name as keyof typeof arrows] ?? name)
    .replaceAll("+", " + ");
}

/** Whether typing goes into a field, where single keys are text. */
function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    target.closest(
      "input:not([type=checkbox]):not([type=range]), textarea, select, [contenteditable=true]",
    ) !== null
  );
}

function findAction(groups: readonly ActionGroup[], chord: string): Action | undefined {
  for (let i = groups.length - 1; i >= 0; i -= 1) {
    const found = groups[i]?.actions.find(
      (each) => each.keys.includes(chord) && (each.isEnabled?.() ?? true),
    );
    if (found) return found;
  }
  return undefined;
}

/** Makes a group's actions reachable by keys while the calling component is on the screen. */
export function useActions(group: ActionGroup): void {
  const latest = useRef(group);
  latest.current = group;
  const signature = `${group.title}:${group.actions.map((each) => `${each.id}=${each.keys.join()}`).join(";")}`;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the signature stands for what the group lists
  useEffect(() => {
    const live: ActionGroup = {
      title: latest.current.title,
      actions: latest.current.actions.map((each) => ({
        ...each,
        run: (chord) => latest.current.actions.find((other) => other.id === each.id)?.run(chord),
        isEnabled: () => latest.current.actions.find((other) => other.id === each.id)?.isEnabled?.() ?? true,
      })),
    };
    actionGroups.set((now) => [...now, live]);
    return () => actionGroups.set((now) => now.filter((other) => other !== live));
  }, [signature]);
}

/** Listens for keys on the whole page; returns how to stop. */
export function listenForKeys(): () => void {
  function press(event: KeyboardEvent) {
    if (event.defaultPrevented || event.isComposing) return;
    const chord = chordOf(event);
    if (isTyping(event.target) && !chord.startsWith("Mod+")) return;
    if (document.querySelector("[role=dialog]") && chord !== "Escape") return;
    const action = findAction(actionGroups.get(), chord);
    if (!action) return;
    event.preventDefault();
    action.run(chord);
  }
  window.addEventListener("keydown", press);
  return () => window.removeEventListener("keydown", press);
}
