import { type IDBPDatabase, openDB } from "idb";

/** Files whose upload has not ended, kept by the browser so that a reload or a crash does not lose them. */
interface KeptFile {
  id: string;
  projectId: string;
  path: string;
  file: File;
}

const STORE = "files";
const MOST_BYTES = 2 * 2 ** 30; // above this the browser may refuse; those files have to be dropped again
let keptBytes = 0;
let opened: Promise<IDBPDatabase> | undefined;

function database(): Promise<IDBPDatabase> {
  opened ??= openDB("spheroseg-uploads", 1, {
    upgrade(made) {
      made.createObjectStore(STORE, { keyPath: "id" });
    },
  });
  return opened;
}

// a browser without room, or with its databases switched off, uploads all the same
const nothing = () => undefined;

export async function keepFile(kept: KeptFile): Promise<void> {
  if (keptBytes + kept.file.size > MOST_BYTES) return;
  keptBytes += kept.file.size;
  await database()
    .then((made) => made.put(STORE, kept))
    .catch(nothing);
}

export async function forgetFile(id: string): Promise<void> {
  await database()
    .then((made) => made.delete(STORE, id))
    .catch(nothing);
}

export async function keptFiles(): Promise<KeptFile[]> {
  return database()
    .then((made): Promise<KeptFile[]> => made.getAll(STORE))
    .catch(() => []);
}
