import { useEffect, useRef } from "react";
import type { LiveEvent } from "./state";
import { whileLive } from "./whileLive";

/** Follows a topic while the component is on the screen. */
export function useTopic(topic: string | null, listener?: (event: LiveEvent) => void): void {
  const latest = useRef(listener);
  latest.current = listener;
  useEffect(() => {
    if (!topic) return;
    return whileLive(({ follow }) =>
      follow(topic, (event) => event.topic === topic && latest.current?.(event)),
    );
  }, [topic]);
}
