import { announceBatch, type BatchPlace, giveUp, wantRun } from "../api/batches";
import { ApiProblem } from "../api/client";
import { keys } from "../api/keys";
import { queryClient } from "../api/query";
import { createStore } from "../store/createStore";

/** Projects of the batches that this page announced, by their ids. */
export const announcedBatches = createStore<ReadonlyMap<string, string>>(new Map());

const STORED_AS = "spheroseg.segmentAfterUpload";
/** Whether a run is to follow uploads; the last answer is the next one's. */
export const wantsRun = createStore(localStorage.getItem(STORED_AS) === "yes");

export function setWantsRun(isWanted: boolean): void {
  localStorage.setItem(STORED_AS, isWanted ? "yes" : "no");
  wantsRun.set(isWanted);
}

const AGAIN_AFTER_MS = [1000, 2000, 4000, 8000, 15_000, 30_000];

/**
 * Announces files that come together; waits for the network as long as it takes.
 *
 * @param isRunWanted Whether a run is to follow them; undefined: what the page says when the service has heard of them.
 */
export async function announce(
  projectId: string,
  nFiles: number,
  isRunWanted?: boolean,
  setId: string | null = null,
): Promise<(place: number) => BatchPlace> {
  const wish = () => isRunWanted ?? wantsRun.get();
  const wished = wish();
  let known: string | null = null;
  for (let attempt = 0; ; attempt++) {
    try {
      const batchId: string = known ?? (await announceBatch(projectId, nFiles, wished, setId));
      known = batchId;
      announcedBatches.set((now) => new Map([...now, [batchId, projectId]]));
      void queryClient.invalidateQueries({ queryKey: keys.batches(projectId) });
      // somebody may have changed their mind while nobody knew the batch
      if (wish() !== wished) await wantRun(batchId, wish());
      return (place) => ({ batchId, place });
    } catch (error) {
      if (error instanceof ApiProblem && error.status < 500 && error.status !== 429) throw error;
      await new Promise((resolve) => setTimeout(resolve, AGAIN_AFTER_MS[attempt] ?? 60_000));
    }
  }
}

const leaving = new Map<string, Set<number>>();
const COLLECTED_MS = 300;

/** Says that a file will not come; many at once are one request. */
export function withdraw({ batchId, place, isSet }: BatchPlace): void {
  if (isSet) return; // a person says what becomes of it
  if (leaving.size === 0) setTimeout(() => void sayWithdrawn(), COLLECTED_MS);
  leaving.set(batchId, (leaving.get(batchId) ?? new Set()).add(place));
}

async function sayWithdrawn(): Promise<void> {
  const left = [...leaving];
  leaving.clear();
  // what is not heard costs minutes and no image: the service goes on without files that never come
  await Promise.allSettled(left.map(([batchId, places]) => giveUp(batchId, [...places])));
}
