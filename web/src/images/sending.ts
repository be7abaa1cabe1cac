import { type BatchPlace, sendTogether } from "../api/batches";
import { ApiProblem, refreshSession } from "../api/client";
import { csrfToken } from "../api/csrf";
import { messageOf } from "../api/messages";
import { patient } from "../api/patient";
import { newId } from "../store/newId";

/** A file on its way. */
export interface Source {
  file: File;
  /** With its folders: `plate 1/day 3/B03.tif`. */
  path: string;
  batch: BatchPlace;
  /** Refused together with others: now it is seen which of them it was. */
  isAlone?: boolean;
}

/** What is told of a file while it is sent. */
interface Hearing {
  sent: (bytes: number) => void;
  done: () => void;
  /** `isFinal`: the service will not take it, now or later. */
  failed: (reason: string, isFinal: boolean) => void;
}

export interface Sending {
  /** `isForGood`: what arrived of it is removed. */
  stop: (isForGood: boolean) => void;
}

const CHUNK_BYTES = 8 * 2 ** 20; // the service counts parts of 8 MiB: at most one is sent again after a cut
const AGAIN_AFTER_MS = [500, 1000, 2000, 4000, 8000, 15_000, 30_000, 60_000];

/** A file of any size, resumed after cuts and reloads. */
export function sendAlone(projectId: string, id: string, source: Source, hearing: Hearing): Sending {
  let stopped: "paused" | "for good" | null = null;
  let upload: { abort: (terminate?: boolean) => Promise<void> } | undefined;
  void begin();
  return {
    stop(isForGood) {
      stopped = isForGood ? "for good" : "paused";
      void upload?.abort(isForGood).catch(() => undefined); // the service removes what nobody goes on with
    },
  };

  async function begin(): Promise<void> {
    const { Upload, DetailedError } = await patient(() => import("tus-js-client"));
    const { file, path, batch } = source;
    const made = new Upload(file, {
      endpoint: `/api/v1/projects/${projectId}/uploads`,
      chunkSize: CHUNK_BYTES,
      uploadDataDuringCreation: true,
      retryDelays: AGAIN_AFTER_MS,
      removeFingerprintOnSuccess: true,
      fingerprint: () => Promise.resolve(`spheroseg/${id}`),
      metadata: {
        filename: file.name,
        relativePath: path,
        filetype: file.type,
        ...(batch.isSet ? { set: batch.batchId } : { batch: batch.batchId, place: String(batch.place) }),
      },
      onBeforeRequest: (request) => request.setHeader("X-CSRF-Token", csrfToken()),
      onShouldRetry: (error) => {
        const status = error.originalResponse?.getStatus() ?? 0;
        if (status === 401) void refreshSession();
        return mayPass(status);
      },
      onProgress: hearing.sent,
      onSuccess: hearing.done,
      onError: (error) => {
        const response = error instanceof DetailedError ? error.originalResponse : null;
        const isFinal = response !== null && !mayPass(response.getStatus());
        hearing.failed(reasonOf(response?.getBody()) ?? error.message, isFinal);
      },
    });
    upload = made;
    const previous = await made.findPreviousUploads();
    if (previous[0]) made.resumeFromPreviousUpload(previous[0]);
    if (!stopped) made.start();
  }
}

/** Small files in one request; when the service refuses one of them, `alone` is called: each is to be sent by itself. */
export function sendBundle(
  projectId: string,
  sources: readonly Source[],
  hearing: Hearing & { alone: () => void },
): Sending {
  const stopping = new AbortController();
  const key = newId(); // sent again after a cut, nothing is doubled
  void send();
  return { stop: () => stopping.abort() };

  async function send(): Promise<void> {
    for (let attempt = 0; ; attempt++) {
      try {
        await sendTogether(projectId, sources, key, stopping.signal);
        return hearing.done();
      } catch (error) {
        if (stopping.signal.aborted) return;
        if (error instanceof ApiProblem && !mayPass(error.status)) return hearing.alone();
        const pause = AGAIN_AFTER_MS[attempt];
        if (pause === undefined) return hearing.failed(messageOf(error), false);
        await new Promise((resolve) => setTimeout(resolve, pause));
        if (stopping.signal.aborted) return;
      }
    }
  }
}

/** Whether sending it again may help: 0 is no answer at all. */
function mayPass(status: number): boolean {
  return [0, 401, 409, 423, 429].includes(status) || status >= 500;
}

function reasonOf(body: string | undefined): string | undefined {
  try {
    const problem = JSON.parse(body ?? "") as { detail?: string; title?: string };
    return problem.detail || problem.title;
  } catch {
    return undefined; // no problem details: a proxy's page, or nothing
  }
}
