import { useState } from "react";
import type { Layout, LayoutWell } from "../../api/analysis";

interface Steps {
  /** what the steps began with, as it is stored */
  base: Layout;
  wells: readonly LayoutWell[][];
  at: number;
}

export interface LayoutDraft {
  wells: LayoutWell[];
  /** the version that saving rests on */
  version: number;
  isChanged: boolean;
  /** somebody else said meanwhile what is in the wells */
  isOvertaken: boolean;
  change: (next: LayoutWell[]) => void;
  /** one step back, or forward; undefined where there is none */
  undo: (() => void) | undefined;
  redo: (() => void) | undefined;
  /** forget the steps and show what is stored */
  takeStored: () => void;
  /** saving puts these wells in place of the stored ones */
  keepOwn: () => void;
}

const isSame = (some: readonly LayoutWell[], others: readonly LayoutWell[]) =>
  JSON.stringify(some) === JSON.stringify(others);

const begin = (base: Layout): Steps => ({ base, wells: [base.wells], at: 0 });

/**
 * The layout as a person is changing it. Steps outlive a look at another tab, wells that are left out meanwhile, and other
 * people's changes: nothing is thrown away that nobody saved.
 */
export function useLayoutDraft(stored: Layout | undefined): LayoutDraft | undefined {
  const [kept, setSteps] = useState<Steps>();
  if (!stored) return undefined;
  const steps = followed(kept, stored);
  if (steps !== kept) setSteps(steps);
  const { base, wells: all, at } = steps;
  const wells = all[at] ?? base.wells;
  const go = (to: number) => setSteps({ ...steps, at: to });
  return {
    wells,
    version: base.version,
    isChanged: !isSame(wells, base.wells),
    isOvertaken: base.version !== stored.version,
    change: (next) => setSteps({ ...steps, wells: [...all.slice(0, at + 1), next], at: at + 1 }),
    undo: at > 0 ? () => go(at - 1) : undefined,
    redo: at < all.length - 1 ? () => go(at + 1) : undefined,
    takeStored: () => setSteps(begin(stored)),
    keepOwn: () => setSteps({ ...steps, base: stored }),
  };
}

/** The steps with what is stored now below them, unless it would take something away. */
function followed(kept: Steps | undefined, stored: Layout): Steps {
  if (!kept) return begin(stored);
  if (kept.base.version === stored.version) return kept;
  const own = kept.wells[kept.at] ?? kept.base.wells;
  if (isSame(own, kept.base.wells) || isSame(own, stored.wells)) return begin(stored);
  return isSame(kept.base.wells, stored.wells) ? { ...kept, base: stored } : kept;
}
