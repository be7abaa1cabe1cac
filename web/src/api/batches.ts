import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, ok, type Schemas } from "./client";
import { keys } from "./keys";
import { DEFAULT_PARAMETERS } from "./runs";

type Batch = Schemas["BatchOut"];

/** Where in a batch a file belongs. */
export interface BatchPlace {
  batchId: string;
  place: number;
  /** The batch is a set: its files are understood together before images are made of them. */
  isSet?: boolean;
}

const RECOMMENDED: Schemas["WantedRun"] = {
  model: null,
  only_missing: true,
  urgency: "now",
  parameters: DEFAULT_PARAMETERS,
};

/** Announces files; `setId`: those of a set, whose run follows when images are made of them. */
export async function announceBatch(
  projectId: string,
  nFiles: number,
  isRunWanted: boolean,
  setId: string | null = null,
): Promise<string> {
  const { id } = await ok(
    api.POST("/api/v1/projects/{project_id}/upload-batches", {
      params: { path: { project_id: projectId } },
      body: { n_files: nFiles, run: isRunWanted ? RECOMMENDED : null, set: setId },
    }),
  );
  return id;
}

/** Tells the service which files of a batch will not come, so that nothing waits for them. */
export function giveUp(batchId: string, places: number[]): Promise<Batch> {
  return ok(
    api.PATCH("/api/v1/upload-batches/{batch_id}", {
      params: { path: { batch_id: batchId } },
      body: { given_up: places },
    }),
  );
}

/** Small files in one request; the places are those of the files, in the same order. */
export function sendTogether(
  projectId: string,
  files: readonly { file: File; path: string; batch: BatchPlace }[],
  key: string,
  signal: AbortSignal,
): Promise<Schemas["UploadAnswer"]> {
  const form = new FormData();
  for (const { file, path } of files) form.append("files", file, path);
  return ok(
    api.POST("/api/v1/projects/{project_id}/images", {
      params: {
        path: { project_id: projectId },
        query: { batch: files[0]?.batch.batchId, place: files.map(({ batch }) => batch.place) },
        header: { "idempotency-key": key },
      },
      body: form as never, // the generated type knows fields, and a form has to keep its order
      signal,
    }),
  );
}

/** Uploads of a project of which something is still to come, to be prepared or to be run. */
export function useBatches(projectId: string) {
  return useQuery({
    queryKey: keys.batches(projectId),
    queryFn: ({ signal }) =>
      ok(
        api.GET("/api/v1/projects/{project_id}/upload-batches", {
          signal,
          params: { path: { project_id: projectId } },
        }),
      ),
    // events tell of changes; this only helps where the live connection is blocked
    refetchInterval: (query) => (query.state.data?.some((each) => each.run) ? 10_000 : false),
  });
}

/** Asks for the recommended run when all files of an upload are in, or for none; heard also when the page is closed at once. */
export function wantRun(batchId: string, isWanted: boolean): Promise<Batch> {
  return ok(
    api.PATCH("/api/v1/upload-batches/{batch_id}", {
      keepalive: true,
      params: { path: { batch_id: batchId } },
      body: { run: isWanted ? RECOMMENDED : null, given_up: [] },
    }),
  );
}

export function useWantRun(projectId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ batchIds, isWanted }: { batchIds: string[]; isWanted: boolean }) =>
      Promise.all(batchIds.map((batchId) => wantRun(batchId, isWanted))),
    onSettled: () => client.invalidateQueries({ queryKey: keys.batches(projectId) }),
  });
}
