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
let opened: Promise<IDBDatabase> | undefined;

function database(): Promise<IDBDatabase> {
  opened ??= new Promise((resolve, reject) => {
    const request = indexedDB.open("spheroseg-uploads", 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: "id" });
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  return opened;
}

async function ask<T>(mode: IDBTransactionMode, work: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const store = (await database()).transaction(STORE, mode).objectStore(STORE);
  const request = work(store);
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

export async function keepFile(kept: KeptFile): Promise<void> {
  if (keptBytes + kept.file.size > MOST_BYTES) return;
  keptBytes += kept.file.size;
  await ask("readwrite", (store) => store.put(kept)).catch(() => undefined); // without room it is as if it were too large
}

export async function forgetFile(id: string): Promise<void> {
  await ask("readwrite", (store) => store.delete(id)).catch(() => undefined);
}

export async function keptFiles(): Promise<KeptFile[]> {
  return ask("readonly", (store) => store.getAll() as IDBRequest<KeptFile[]>).catch(() => []);
}
