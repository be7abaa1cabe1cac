import { createStore } from "../store/store";

export type UploadState = "waiting" | "sending" | "paused" | "done" | "failed";

export interface UploadItem {
  id: string;
  projectId: string;
  name: string;
  size: number;
  sent: number;
  state: UploadState;
  /** Files that are read together before images are made of them. */
  setId?: string;
  /** Why it failed, in the words of the service. */
  reason?: string;
  /** The service will not take it, now or later. */
  isRefused?: boolean;
}

/** Everything that is on its way; thousands of files, so one list that changes as a whole a few times a second. */
export const uploads = createStore<ReadonlyMap<string, UploadItem>>(new Map());

// progress of three uploads calls often; the list is drawn again at most every 200 ms
const changes = new Map<string, Partial<UploadItem>>();

/** What is different of a file now. */
export function change(id: string, part: Partial<UploadItem>): void {
  if (changes.size === 0) setTimeout(publish, part.state && part.state !== "sending" ? 20 : 200);
  changes.set(id, { ...changes.get(id), ...part });
}

/** Shows what changed since it was last shown. */
export function publish(): void {
  uploads.set((now) => {
    const next = new Map(now);
    for (const [id, part] of changes) {
      const item = next.get(id);
      if (item) next.set(id, { ...item, ...part });
    }
    return next;
  });
  changes.clear();
}

export function stateOf(id: string): UploadState | undefined {
  return changes.get(id)?.state ?? uploads.get().get(id)?.state;
}
