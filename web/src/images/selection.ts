/** Which of a list's items are chosen, and where a range begins. Values: each function returns a new selection. */
export interface Selection {
  readonly ids: ReadonlySet<string>;
  readonly anchor: string | null;
}

export const NOTHING: Selection = { ids: new Set(), anchor: null };

/** A click with or without Shift (the range from the last clicked one) and Ctrl or ⌘ (one more, one less). */
export function click(
  selection: Selection,
  order: readonly string[],
  id: string,
  held: { shift: boolean; mod: boolean },
): Selection {
  if (held.shift && selection.anchor !== null) {
    const [a, b] = [order.indexOf(selection.anchor), order.indexOf(id)];
    if (a >= 0 && b >= 0) {
      const range = order.slice(Math.min(a, b), Math.max(a, b) + 1);
      return { ids: new Set(held.mod ? [...selection.ids, ...range] : range), anchor: selection.anchor };
    }
  }
  if (held.mod) {
    const ids = new Set(selection.ids);
    if (!ids.delete(id)) ids.add(id);
    return { ids, anchor: id };
  }
  const isOnly = selection.ids.size === 1 && selection.ids.has(id);
  return isOnly ? NOTHING : { ids: new Set([id]), anchor: id };
}

export function all(order: readonly string[]): Selection {
  return { ids: new Set(order), anchor: order[0] ?? null };
}
