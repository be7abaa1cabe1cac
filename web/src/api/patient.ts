const AGAIN_AFTER_MS = [500, 1000, 2000, 4000, 8000, 15_000];

/**
 * A part of the page that is fetched when it is needed. Without a network it waits until there is one, so that nothing
 * breaks meanwhile; a service that does not answer is asked for half a minute.
 *
 * @throws What the last attempt threw; at once when the part came and is broken.
 */
export async function patient<T>(fetchPart: () => Promise<T>): Promise<T> {
  for (let attempt = 0; ; ) {
    try {
      return await fetchPart();
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      if (!navigator.onLine) {
        await new Promise((resolve) => window.addEventListener("online", resolve, { once: true }));
        continue;
      }
      const pause = AGAIN_AFTER_MS[attempt++];
      if (pause === undefined) throw error;
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }
}
