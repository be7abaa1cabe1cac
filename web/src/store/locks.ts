/** Among all pages of this browser; missing where the page came from another machine by plain HTTP. */
const locks: LockManager | undefined = navigator.locks;
const lines = new Map<string, Promise<unknown>>();

/** Does work when nobody else does work of this name: in no other page, and without locks nowhere else in this one. */
export function oneAtATime<T>(name: string, work: () => Promise<T>): Promise<T> {
  if (locks) return locks.request(name, work) as Promise<T>;
  const result = (lines.get(name) ?? Promise.resolve()).then(work, work);
  lines.set(name, result);
  return result;
}

/** Holds a name as long as the page lives. */
export function hold(name: string): void {
  void locks?.request(name, () => new Promise(() => undefined));
}

/** Names that begin so and that pages hold; none where nobody can know. */
export async function heldNames(start: string): Promise<readonly string[]> {
  const { held = [] } = (await locks?.query()) ?? {};
  return held.flatMap(({ name = "" }) => (name.startsWith(start) ? [name] : []));
}
