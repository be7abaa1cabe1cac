import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { newId } from "../store/newId";
import { api, ok, type Schemas } from "./client";
import { keys } from "./keys";

export type Run = Schemas["RunOut"];

export const DEFAULT_PARAMETERS: Schemas["RunRequest"]["parameters"] = {
  diameter_um: null,
  diameter_px: null,
  threshold: null,
  accurate: false,
  channel: null,
  z: "sharpest",
  expected_objects: null,
  region: null,
  rules: "everything",
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

/** The run that made a version: its model and what was chosen. */
export function useRunOf(runId: string) {
  return useQuery({
    queryKey: ["run", runId],
    staleTime: Number.POSITIVE_INFINITY, // neither changes any more
    queryFn: ({ signal }) =>
      ok(api.GET("/api/v1/runs/{run_id}", { signal, params: { path: { run_id: runId } } })),
  });
}

export function useFailedResults(runId: string) {
  return useQuery({
    queryKey: ["run", runId, "failed"],
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
          params: { path: { project_id: projectId }, header: { "idempotency-key": newId() } },
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
