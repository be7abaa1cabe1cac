import type { BatchPlace } from "../api/batches";
import { keys } from "../api/keys";
import { messageOf } from "../api/messages";
import { queryClient } from "../api/query";
import { announce, withdraw } from "./batchPlaces";
import { type ChosenFile, isImageName } from "./chosenFiles";
import { forgetFiles, keepFiles, pendingFiles } from "./pendingFiles";
import { type Sending, type Source, sendAlone, sendBundle } from "./sending";
import { change, publish, stateOf, type UploadItem, type UploadState, uploads } from "./uploadList";

const AT_ONCE = 3;
/** Files up to this size go together, so many and so much in a request: for each of them a request of its own costs more than its bytes. */
const SMALL_BYTES = 2 ** 20;
const BUNDLE_FILES = 50;
const BUNDLE_BYTES = 6 * 2 ** 20;

const files = new Map<string, Source>();
/** Files of which the service would not even hear. */
const unannounced = new Map<string, ChosenFile & { id: string }>();
/** By id; the files of a bundle share one. */
const running = new Map<string, Sending>();
let isPaused = false;

/** Puts files in line, and tells the service of them, with the run that is to follow when all of them are in. */
export function addUploads(
  projectId: string,
  chosen: readonly ChosenFile[],
  { isRunWanted }: { isRunWanted?: boolean } = {},
): number {
  const images = chosen.filter((each) => isImageName(each.path));
  const added = list(projectId, images);
  if (added.length > 0) void lineUp(projectId, added, isRunWanted);
  return images.length;
}

/** Puts the files of a set in line, whatever they are: some only say something of the images. */
export function addSet(projectId: string, chosen: readonly ChosenFile[], setId: string): void {
  const placed = chosen.map((each, place) => ({ ...each, batch: { batchId: setId, place, isSet: true } }));
  const added = list(projectId, placed);
  begin(added.map(({ id, ...source }) => ({ id, source })));
  keep(projectId, added);
}

/** Shows files as waiting; those that are on their way already are left out. */
function list<T extends ChosenFile & { batch?: BatchPlace }>(
  projectId: string,
  chosen: readonly T[],
): (T & { id: string })[] {
  const added: (T & { id: string })[] = [];
  uploads.set((now) => {
    const next = new Map(now);
    for (const each of chosen) {
      const { file, path } = each;
      const setId = each.batch?.isSet ? each.batch.batchId : undefined;
      const id = `${setId ?? projectId}/${path}/${file.size}/${file.lastModified}`;
      const old = next.get(id);
      if (old && old.state !== "failed" && old.state !== "done") continue;
      next.set(id, { id, projectId, name: path, size: file.size, sent: 0, state: "waiting", setId });
      added.push({ ...each, id });
    }
    return next;
  });
  return added;
}

async function lineUp(projectId: string, added: (ChosenFile & { id: string })[], isRunWanted?: boolean) {
  let placeOf: (place: number) => BatchPlace;
  try {
    placeOf = await announce(projectId, added.length, isRunWanted);
  } catch (error) {
    for (const each of added) {
      unannounced.set(each.id, each);
      change(each.id, { state: "failed", reason: messageOf(error) });
    }
    return;
  }
  begin(added.map(({ id, file, path }, place) => ({ id, source: { file, path, batch: placeOf(place) } })));
  keep(projectId, added);
}

function keep(projectId: string, added: readonly { id: string }[]): void {
  const left = added.flatMap(({ id }) => {
    const source = files.get(id);
    return source ? [{ id, projectId, file: source.file, path: source.path, batch: source.batch }] : [];
  });
  if (left.length > 0) void keepFiles(left, (id) => files.has(id));
}

function begin(added: readonly { id: string; source: Source }[]): void {
  for (const { id, source } of added) {
    if (!uploads.get().has(id))
      withdraw(source.batch); // taken off the list while it was announced
    else {
      files.set(id, source);
      line.push(id);
    }
  }
  pump();
}

/** After a reload: what was not finished goes on by itself, in the batch that it belonged to. */
export async function resumePending(): Promise<number> {
  const pending = await pendingFiles();
  for (const projectId of new Set(pending.map((each) => each.projectId))) {
    const listed = list(
      projectId,
      pending.filter((each) => each.projectId === projectId),
    );
    begin(listed.map(({ id, file, path, batch }) => ({ id, source: { file, path, batch } })));
  }
  return pending.length;
}

/** Ids that wait, the first to go first; what was taken out of the list meanwhile is passed over. */
let line: string[] = [];

function pump(): void {
  while (!isPaused && new Set(running.values()).size < AT_ONCE) {
    const ids = nextInLine();
    if (ids.length === 0) return;
    start(ids);
  }
}

/** The next file, or as many small ones of the same batch as go in one request. */
function nextInLine(): string[] {
  const taken: string[] = [];
  let bytes = 0;
  for (let id = line[0]; id !== undefined; id = line[0]) {
    const source = files.get(id);
    if (!source || stateOf(id) !== "waiting" || running.has(id)) {
      line.shift();
      continue;
    }
    const isSmall = source.file.size <= SMALL_BYTES && !source.isAlone && !source.batch.isSet;
    const first = taken[0] === undefined ? null : files.get(taken[0]);
    const fits =
      isSmall && first?.batch.batchId === source.batch.batchId && bytes + source.file.size <= BUNDLE_BYTES;
    if (first && !fits) break;
    line.shift();
    taken.push(id);
    bytes += source.file.size;
    if (!isSmall || taken.length === BUNDLE_FILES) break;
  }
  return taken;
}

function start(ids: string[]): void {
  const sources = ids.flatMap((id) => files.get(id) ?? []);
  const [firstId, first] = [ids[0], sources[0]];
  const projectId = firstId === undefined ? undefined : uploads.get().get(firstId)?.projectId;
  if (!firstId || !first || !projectId) return;
  for (const id of ids) change(id, { state: "sending", reason: undefined });
  const hearing = {
    sent: (bytes: number) => change(firstId, { sent: bytes }),
    done: () => {
      for (const id of ids) {
        change(id, { state: "done", sent: uploads.get().get(id)?.size });
        files.delete(id);
      }
      void forgetFiles(ids);
      finish(ids, projectId);
    },
    failed: (reason: string, isFinal: boolean) => {
      for (const id of ids) change(id, { state: "failed", reason, isRefused: isFinal });
      if (isFinal) {
        // not after a reload either; without an answer it is tried again then
        void forgetFiles(ids);
        for (const { batch } of sources) withdraw(batch);
      }
      finish(ids, projectId);
    },
    alone: () => {
      for (const source of sources) source.isAlone = true;
      for (const id of ids) change(id, { state: "waiting" });
      line.unshift(...ids);
      finish(ids, projectId);
    },
  };
  const sending =
    ids.length > 1 ? sendBundle(projectId, sources, hearing) : sendAlone(projectId, firstId, first, hearing);
  for (const id of ids) running.set(id, sending);
}

let listTimer: ReturnType<typeof setTimeout> | undefined;

function finish(ids: readonly string[], projectId: string): void {
  for (const id of ids) running.delete(id);
  setTimeout(pump, 0);
  if (listTimer) return;
  listTimer = setTimeout(() => {
    listTimer = undefined;
    void queryClient.invalidateQueries({ queryKey: keys.images(projectId) });
    void queryClient.invalidateQueries({ queryKey: keys.summary(projectId) });
    void queryClient.invalidateQueries({ queryKey: keys.uploadSets(projectId) });
  }, 1000);
}

export function pauseUploads(): void {
  isPaused = true;
  for (const [id, sending] of running) {
    sending.stop(false);
    change(id, { state: "paused" });
  }
  running.clear();
}

export function continueUploads(): void {
  isPaused = false;
  setAll("paused", "waiting");
}

export function retryFailed(): void {
  setAll("failed", "waiting", ({ isRefused }) => !isRefused);
  const again = [...unannounced.values()];
  unannounced.clear();
  for (const [projectId, added] of Map.groupBy(again, ({ id }) => uploads.get().get(id)?.projectId)) {
    if (projectId) void lineUp(projectId, added, false);
  }
}

function setAll(from: UploadState, to: UploadState, isMeant = (_: UploadItem) => true): void {
  publish();
  const put = (item: UploadItem) => (item.state === from && isMeant(item) ? { ...item, state: to } : item);
  uploads.set((now) => new Map([...now].map(([id, item]) => [id, put(item)])));
  line = [...uploads.get().values()].flatMap((each) => (each.state === "waiting" ? [each.id] : []));
  pump();
}

/** Takes files that are not there yet out of the line, and what is done off the list. */
export function clearUploads(projectId: string): void {
  publish();
  const own = [...uploads.get().values()]
    .filter((each) => each.projectId === projectId)
    .map((each) => each.id);
  for (const id of own) {
    running.get(id)?.stop(true);
    running.delete(id);
    const source = files.get(id);
    if (source) withdraw(source.batch);
    files.delete(id);
  }
  void forgetFiles(own);
  uploads.set((now) => new Map([...now].filter(([, item]) => item.projectId !== projectId)));
}

export function uploadsArePaused(): boolean {
  return isPaused;
}
