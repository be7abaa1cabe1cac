import { useCallback, useEffect, useRef, useState } from "react";
import { messageOf } from "../api/messages";
import { within } from "../geometry/boolean";
import { notify } from "../store/notifications";
import type { EditorController } from "./controller";
import { askSmart, type SmartFound, type SmartPlace } from "./requests";
import { added } from "./tools/shapes";
import type { SmartWish } from "./tools/tool";

export interface Smart {
  isBusy: boolean;
  /** What was found at the last place; null: nothing was asked. */
  found: SmartFound | null;
  setThreshold: (threshold: number) => void;
  setDiameter: (diameterPx: number) => void;
  keep: () => void;
  discard: () => void;
}

/** The smart tool's talk with the service: a place is asked about, what is found is proposed, and kept or not. */
export function useSmart(
  controller: EditorController,
  imageId: string,
  frame: number,
  z: number | "max",
): Smart {
  const [isBusy, setBusy] = useState(false);
  const [found, setFound] = useState<SmartFound | null>(null);
  const place = useRef<SmartPlace | null>(null);
  const stop = useRef<AbortController | null>(null);

  const discard = useCallback(() => {
    stop.current?.abort();
    place.current = null;
    setFound(null);
    setBusy(false);
    if (controller.proposal.get()?.kind === "smart") controller.proposal.set(null);
  }, [controller]);

  const keep = useCallback(() => {
    const proposal = controller.proposal.get();
    if (proposal?.kind === "smart") controller.act("smart", proposal.changes);
    discard();
  }, [controller, discard]);

  const ask = useCallback(
    async (next: SmartPlace) => {
      stop.current?.abort();
      const own = new AbortController();
      stop.current = own;
      place.current = next;
      setBusy(true);
      try {
        const answer = await askSmart(next, own.signal);
        if (own.signal.aborted) return;
        const view = controller.view();
        const changes = view
          ? answer.objects.flatMap((each) => added(within(each.outline, view.width, view.height), view))
          : [];
        setFound(answer);
        controller.proposal.set({ kind: "smart", changes });
        if (changes.length === 0) controller.refuse("nothingThere");
      } catch (error) {
        if (!own.signal.aborted) notify("error", messageOf(error));
      } finally {
        if (!own.signal.aborted) setBusy(false);
      }
    },
    [controller],
  );

  useEffect(() => {
    controller.onSmart = (wish: SmartWish | "accept" | "cancel") => {
      if (wish === "cancel") return discard();
      keep(); // pointing at the next one keeps the one before
      if (wish !== "accept") void ask({ ...wish, imageId, frame, z, threshold: null, diameterPx: null });
    };
    return () => {
      controller.onSmart = () => undefined;
      discard();
    };
  }, [controller, imageId, frame, z, ask, keep, discard]);

  const again = (part: Partial<SmartPlace>) => {
    if (place.current) void ask({ ...place.current, ...part });
  };
  return {
    isBusy,
    found,
    keep,
    discard,
    setThreshold: (threshold) => again({ threshold, diameterPx: found?.diameterPx ?? null }),
    setDiameter: (diameterPx) => again({ diameterPx, threshold: null }),
  };
}
