const AT_THE_LATEST_MS = 3000;

/** Does something when nothing else is to be done; the answer takes it back. */
export function whenIdle(work: () => void): () => void {
  if (!("requestIdleCallback" in window)) {
    const timer = setTimeout(work, AT_THE_LATEST_MS); // Safari
    return () => clearTimeout(timer);
  }
  const handle = requestIdleCallback(work, { timeout: AT_THE_LATEST_MS });
  return () => cancelIdleCallback(handle);
}
