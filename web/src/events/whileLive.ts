import { patient } from "../api/patient";
import { connectionState } from "./state";

/**
 * Does something with the live connection's code, as soon as that has come; the answer ends it.
 *
 * @param begin Begins, and returns how to stop.
 */
export function whileLive(begin: (live: typeof import("./live")) => () => void): () => void {
  let stop = () => {};
  let isGone = false;
  patient(() => import("./live"))
    .then((live) => {
      if (!isGone) stop = begin(live);
    })
    .catch(() => connectionState.set("broken"));
  return () => {
    isGone = true;
    stop();
  };
}
