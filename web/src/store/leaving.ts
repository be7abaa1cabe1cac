/** Longest that signing out waits for work on its way: afterwards it is in this browser, and sent at the next sign-in. */
const PATIENCE_MS = 5000;
const works = new Set<() => Promise<unknown>>();

/** Names something that is better finished before somebody signs out. */
export function beforeSignOut(work: () => Promise<unknown>): void {
  works.add(work);
}

/** Resolves when all of it is done, or has taken too long. */
export async function finished(): Promise<void> {
  const all = Promise.allSettled([...works].map((work) => work()));
  await Promise.race([all, new Promise((resolve) => setTimeout(resolve, PATIENCE_MS))]);
}
