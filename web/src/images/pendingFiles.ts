import { type IDBPDatabase, openDB } from "idb";
import type { BatchPlace } from "../api/batches";

/** Files whose upload has not ended, kept by the browser so that a reload or a crash does not lose them. */
interface PendingFile {
  id: string;
  projectId: string;
  path: string;
  file: File;
  batch: BatchPlace;
}

const STORE = "files";
const MOST_BYTES = 2 * 2 ** 30; // above this the browser may refuse; those files have to be dropped again
let pendingBytes = 0;
let opened: Promise<IDBPDatabase> | undefined;

async function database(): Promise<IDBPDatabase> {
  opened ??= openDB("spheroseg-uploads", 2, {
    upgrade(made, from) {
      if (from > 0) made.deleteObjectStore(STORE); // what an older page kept says of no batch
      made.createObjectStore(STORE, { keyPath: "id" });
    },
  });
  return opened;
}

// a browser without room, or with its databases switched off, uploads all the same
const nothing = () => undefined;

/** One after the other: thousands of copies at once would stand in the way of the uploads themselves. */
export async function keepFiles(
  files: readonly PendingFile[],
  isStillNeeded: (id: string) => boolean,
): Promise<void> {
  for (const each of files) {
    if (!isStillNeeded(each.id) || pendingBytes + each.file.size > MOST_BYTES) continue;
    pendingBytes += each.file.size;
    await database()
      .then((made) => made.put(STORE, each))
      .catch(nothing);
    if (!isStillNeeded(each.id)) await forgetFiles([each.id]); // it arrived meanwhile
  }
}

export async function forgetFiles(ids: readonly string[]): Promise<void> {
  await database()
    .then(async (made) => {
      const change = made.transaction(STORE, "readwrite");
      await Promise.all([...ids.map((id) => change.store.delete(id)), change.done]);
    })
    .catch(nothing);
}

export async function pendingFiles(): Promise<PendingFile[]> {
  return database()
    .then((made): Promise<PendingFile[]> => made.getAll(STORE))
    .catch(() => []);
}
