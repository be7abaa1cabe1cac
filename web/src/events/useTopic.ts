import { useEffect, useRef } from "react";
import { patient } from "../api/patient";
import { connectionState, type LiveEvent } from "./state";

/** Follows a topic while the component is on the screen. */
export function useTopic(topic: string | null, listener?: (event: LiveEvent) => void): void {
  const latest = useRef(listener);
  latest.current = listener;
  useEffect(() => {
    if (!topic) return;
    let stop = () => {};
    let isGone = false;
    patient(() => import("./live"))
      .then(({ follow }) => {
        if (!isGone) stop = follow(topic, (event) => event.topic === topic && latest.current?.(event));
      })
      .catch(() => connectionState.set("broken"));
    return () => {
      isGone = true;
      stop();
    };
  }, [topic]);
}
