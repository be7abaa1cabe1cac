import { queryOptions, useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, ok, type Schemas } from "../api/client";
import { keys } from "../api/keys";
import { decodeFrame, type Frame } from "../geometry/frame";

export type Run = Schemas["RunOut"];
export type RunProgress = Schemas["RunProgress"];
export type Result = Schemas["ResultOut"];
export type Model = Schemas["ModelOut"];
export type ObjectOut = Schemas["ObjectOut"];

export const DEFAULT_PARAMETERS: Schemas["RunRequest"]["parameters"] = {
  diameter_um: null,
  diameter_px: null,
  threshold: null,
  accurate: false,
  channel: null,
  z: "sharpest",
  expected_objects: null,
};

export function isActive(run: { state: Run["state"] }): boolean {
  return run.state === "queued" || run.state === "running";
}

export function useModels() {
  return useQuery({
    queryKey: keys.models,
    staleTime: 300_000,
    queryFn: ({ signal }) => ok(api.GET("/api/v1/models", { signal })),
  });
}

export function useRuns(projectId: string) {
  return useInfiniteQuery({
    queryKey: keys.runs(projectId),
    initialPageParam: null as string | null,
    queryFn: ({ pageParam, signal }) =>
      ok(
        api.GET("/api/v1/projects/{project_id}/runs", {
          signal,
          params: { path: { project_id: projectId }, query: { limit: 30, cursor: pageParam } },
        }),
      ),
    getNextPageParam: (page) => page.next_cursor,
    // events tell of changes; this only helps where the live connection is blocked
    refetchInterval: (query) => (query.state.data?.pages[0]?.items.some(isActive) ? 10_000 : false),
  });
}

/** A run with its place in the queue and the time that is left. */
export function useRun(run: Run) {
  return useQuery({
    queryKey: [...keys.runs(run.project_id), run.id, "progress"],
    enabled: isActive(run),
    refetchInterval: 5000,
    queryFn: ({ signal }) =>
      ok(api.GET("/api/v1/runs/{run_id}", { signal, params: { path: { run_id: run.id } } })),
  });
}

export function useFailedResults(runId: string, isWanted: boolean) {
  return useQuery({
    queryKey: ["run", runId, "failed"],
    enabled: isWanted,
    queryFn: ({ signal }) =>
      ok(
        api.GET("/api/v1/runs/{run_id}/results", {
          signal,
          params: { path: { run_id: runId }, query: { state: "failed", limit: 200 } },
        }),
      ),
  });
}

export function useStartRun(projectId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: Schemas["RunRequest"]) =>
      ok(
        api.POST("/api/v1/projects/{project_id}/runs", {
          // sent again after a broken connection it is the same run, not a second one
          params: { path: { project_id: projectId }, header: { "idempotency-key": crypto.randomUUID() } },
          body,
        }),
      ),
    retry: (failures, error) => error instanceof TypeError && failures < 3,
    onSettled: () =>
      Promise.all([
        client.invalidateQueries({ queryKey: keys.runs(projectId) }),
        client.invalidateQueries({ queryKey: keys.images(projectId) }),
        client.invalidateQueries({ queryKey: keys.summary(projectId) }),
      ]),
  });
}

export function useCancelRun(projectId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (runId: string) =>
      ok(api.POST("/api/v1/runs/{run_id}/cancel", { params: { path: { run_id: runId } } })),
    onSettled: () =>
      Promise.all([
        client.invalidateQueries({ queryKey: keys.runs(projectId) }),
        client.invalidateQueries({ queryKey: keys.images(projectId) }),
      ]),
  });
}

export function useResults(imageId: string, frame: number) {
  return useQuery({
    queryKey: [...keys.results(imageId), frame],
    queryFn: ({ signal }) =>
      ok(
        api.GET("/api/v1/images/{image_id}/results", {
          signal,
          params: { path: { image_id: imageId }, query: { frame } },
        }),
      ),
  });
}

export function useShowVersion(imageId: string, frame: number) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (resultId: string) =>
      ok(
        api.PUT("/api/v1/images/{image_id}/frames/{frame}", {
          params: { path: { image_id: imageId, frame } },
          body: { result_id: resultId },
        }),
      ),
    onSettled: () => client.invalidateQueries({ queryKey: keys.image(imageId) }),
  });
}

/** The outlines of a result, or those that another threshold would give. */
export function outlinesOf(resultId: string | null, threshold: number | null = null) {
  return queryOptions<Frame>({
    queryKey: [...keys.objects(resultId ?? ""), "outlines", threshold],
    enabled: resultId !== null,
    queryFn: async ({ signal }): Promise<Frame> => {
      const params = { path: { result_id: resultId ?? "" } };
      const buffer =
        threshold === null
          ? await ok(
              api.GET("/api/v1/results/{result_id}/outlines", { signal, params, parseAs: "arrayBuffer" }),
            )
          : await ok(
              api.GET("/api/v1/results/{result_id}/threshold", {
                signal,
                params: { ...params, query: { value: threshold } },
                parseAs: "arrayBuffer",
              }),
            );
      return decodeFrame(buffer as unknown as ArrayBuffer);
    },
  });
}

export function useOutlines(resultId: string | null, threshold: number | null = null) {
  return useQuery<Frame>({
    ...outlinesOf(resultId, threshold),
    // what was drawn stays until the next is there, so that a moving threshold does not flicker
    placeholderData: (before: Frame | undefined): Frame | undefined =>
      before?.resultId === resultId ? before : undefined,
  });
}

export function useResult(resultId: string | null) {
  return useQuery({
    queryKey: [...keys.objects(resultId ?? ""), "result"],
    enabled: resultId !== null,
    queryFn: ({ signal }) =>
      ok(api.GET("/api/v1/results/{result_id}", { signal, params: { path: { result_id: resultId ?? "" } } })),
  });
}

/** All objects of a result with their measures. */
export function useObjects(resultId: string | null) {
  return useQuery({
    queryKey: [...keys.objects(resultId ?? ""), "table"],
    enabled: resultId !== null,
    queryFn: async ({ signal }) => {
      const objects: ObjectOut[] = [];
      let cursor: string | null = null;
      do {
        const page: { items: unknown[]; next_cursor?: string | null } = await ok(
          api.GET("/api/v1/results/{result_id}/objects", {
            signal,
            params: { path: { result_id: resultId ?? "" }, query: { limit: 200, cursor } },
          }),
        );
        objects.push(...(page.items as ObjectOut[])); // the client's types forget how long the box is
        cursor = page.next_cursor ?? null;
      } while (cursor);
      return objects;
    },
  });
}
