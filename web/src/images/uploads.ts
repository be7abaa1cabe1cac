import type { Upload } from "tus-js-client";
import { refreshSession } from "../api/client";
import { csrfToken } from "../api/csrf";
import { keys } from "../api/keys";
import { queryClient } from "../api/query";
import { createStore } from "../store/store";
import suffixes from "./image_suffixes.json";
import { forgetFile, keepFile, keptFiles } from "./pendingFiles";

export type UploadState = "waiting" | "sending" | "paused" | "done" | "failed";

export interface UploadItem {
  id: string;
  projectId: string;
  name: string;
  size: number;
  sent: number;
  state: UploadState;
  /** Why it failed, in the words of the service. */
  reason?: string;
}

/** Everything that is on its way; thousands of files, so one list that changes as a whole a few times a second. */
export const uploads = createStore<ReadonlyMap<string, UploadItem>>(new Map());

const endpointOf = (projectId: string) => `/api/v1/projects/${projectId}/uploads`;
const AT_ONCE = 3;
const CHUNK_BYTES = 8 * 2 ** 20; // the service counts parts of 8 MiB: at most one is sent again after a cut
const files = new Map<string, { file: File; path: string }>();
const running = new Map<string, Upload>();
let isPaused = false;

// progress of three uploads calls often; the list is drawn again at most every 200 ms
const changes = new Map<string, Partial<UploadItem>>();

function change(id: string, part: Partial<UploadItem>): void {
  if (changes.size === 0) setTimeout(publish, part.state && part.state !== "sending" ? 20 : 200);
  changes.set(id, { ...changes.get(id), ...part });
}

function publish(): void {
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

function stateOf(id: string): UploadState | undefined {
  return changes.get(id)?.state ?? uploads.get().get(id)?.state;
}

export interface ChosenFile {
  file: File;
  /** With its folders: `plate 1/day 3/B03.tif`. */
  path: string;
}

export function isImageName(name: string): boolean {
  const lower = name.toLowerCase();
  return suffixes.some((suffix) => lower.endsWith(suffix)) && !name.split("/").at(-1)?.startsWith(".");
}

/** Puts files in line; those kept from before a reload go on where they stopped. */
export function addUploads(projectId: string, chosen: readonly ChosenFile[]): number {
  const images = chosen.filter((each) => isImageName(each.path));
  const added: string[] = [];
  uploads.set((now) => {
    const next = new Map(now);
    for (const { file, path } of images) {
      const id = `${projectId}/${path}/${file.size}/${file.lastModified}`;
      const old = next.get(id);
      if (old && old.state !== "failed" && old.state !== "done") continue;
      files.set(id, { file, path });
      next.set(id, { id, projectId, name: path, size: file.size, sent: 0, state: "waiting" });
      added.push(id);
    }
    return next;
  });
  line.push(...added);
  void keepAll(projectId, added);
  pump();
  return images.length;
}

/** One after the other: thousands of copies at once would stand in the way of the uploads themselves. */
async function keepAll(projectId: string, ids: readonly string[]): Promise<void> {
  for (const id of ids) {
    const source = files.get(id);
    if (source) await keepFile({ id, projectId, ...source });
    if (source && !files.has(id)) await forgetFile(id); // it arrived meanwhile
  }
}

/** After a reload: what was not finished goes on by itself. */
export async function resumeKept(): Promise<number> {
  const kept = await keptFiles();
  const projects = new Map<string, ChosenFile[]>();
  for (const { projectId, path, file } of kept) {
    const chosen = projects.get(projectId);
    if (chosen) chosen.push({ file, path });
    else projects.set(projectId, [{ file, path }]);
  }
  for (const [projectId, chosen] of projects) addUploads(projectId, chosen);
  return kept.length;
}

/** Ids that wait, the first to go first; what was taken out of the list meanwhile is passed over. */
let line: string[] = [];

function pump(): void {
  while (!isPaused && running.size < AT_ONCE) {
    const id = line.shift();
    if (id === undefined) return;
    if (stateOf(id) === "waiting" && !running.has(id)) void start(id);
  }
}

async function start(id: string): Promise<void> {
  const item = uploads.get().get(id);
  const source = files.get(id);
  if (!item || !source) return;
  change(id, { state: "sending", reason: undefined });
  running.set(id, undefined as never); // its place is taken before the library is there
  const { Upload, DetailedError } = await import("tus-js-client");
  const upload = new Upload(source.file, {
    endpoint: endpointOf(item.projectId),
    chunkSize: CHUNK_BYTES,
    retryDelays: [500, 1000, 2000, 4000, 8000, 15_000, 30_000, 60_000],
    removeFingerprintOnSuccess: true,
    fingerprint: () => Promise.resolve(`spheroseg/${id}`),
    metadata: { filename: source.file.name, relativePath: source.path, filetype: source.file.type },
    onBeforeRequest: (request) => request.setHeader("X-CSRF-Token", csrfToken()),
    onShouldRetry: (error) => {
      const status = error.originalResponse?.getStatus() ?? 0;
      if (status === 401) void refreshSession();
      return mayPass(status);
    },
    onProgress: (sent) => change(id, { sent }),
    onSuccess: () => {
      finish(id);
      change(id, { state: "done", sent: item.size });
      void forgetFile(id);
      files.delete(id);
    },
    onError: (error) => {
      finish(id);
      const response = error instanceof DetailedError ? error.originalResponse : null;
      const body = response?.getBody();
      // the service will not take it, now or after a reload; without an answer it is tried again then
      if (response && !mayPass(response.getStatus())) void forgetFile(id);
      change(id, { state: "failed", reason: reasonOf(body) ?? error.message });
    },
  });
  running.set(id, upload);
  const previous = await upload.findPreviousUploads();
  if (previous[0]) upload.resumeFromPreviousUpload(previous[0]);
  if (!isPaused && running.get(id) === upload) upload.start();
}

/** Whether sending it again may help: 0 is no answer at all. */
function mayPass(status: number): boolean {
  return [0, 401, 409, 423, 429].includes(status) || status >= 500;
}

function reasonOf(body: string | undefined): string | undefined {
  try {
    const problem = JSON.parse(body ?? "") as { detail?: string; title?: string };
    return problem.detail ?? problem.title;
  } catch {
    return undefined; // no problem details: a proxy's page, or nothing
  }
}

let listTimer: ReturnType<typeof setTimeout> | undefined;

function finish(id: string): void {
  const projectId = uploads.get().get(id)?.projectId;
  running.delete(id);
  setTimeout(pump, 0);
  if (!projectId || listTimer) return;
  listTimer = setTimeout(() => {
    listTimer = undefined;
    void queryClient.invalidateQueries({ queryKey: keys.images(projectId) });
    void queryClient.invalidateQueries({ queryKey: keys.summary(projectId) });
  }, 1000);
}

export function pauseUploads(): void {
  isPaused = true;
  for (const [id, upload] of running) {
    void upload?.abort();
    change(id, { state: "paused" });
  }
  running.clear();
}

export function continueUploads(): void {
  isPaused = false;
  setAll("paused", "waiting");
}

export function retryFailed(): void {
  setAll("failed", "waiting");
}

function setAll(from: UploadState, to: UploadState): void {
  publish();
  uploads.set(
    (now) => new Map([...now].map(([id, item]) => [id, item.state === from ? { ...item, state: to } : item])),
  );
  line = [...uploads.get().values()].flatMap((each) => (each.state === "waiting" ? [each.id] : []));
  pump();
}

/** Takes files that are not there yet out of the line, and what is done off the list. */
export function clearUploads(projectId: string): void {
  publish();
  for (const [id, item] of uploads.get()) {
    if (item.projectId !== projectId) continue;
    void running.get(id)?.abort(true);
    running.delete(id);
    files.delete(id);
    void forgetFile(id);
  }
  uploads.set((now) => new Map([...now].filter(([, item]) => item.projectId !== projectId)));
}

export function uploadsArePaused(): boolean {
  return isPaused;
}
