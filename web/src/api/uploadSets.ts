import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, ok, type Schemas } from "./client";
import { keys } from "./keys";

export type UploadSet = Schemas["SetOut"];
export type FoundImage = Schemas["FoundImage"];

/** Own files that were uploaded together and are not added yet. */
export function useUploadSets(projectId: string, isWanted: boolean) {
  return useQuery({
    queryKey: keys.uploadSets(projectId),
    enabled: isWanted,
    queryFn: ({ signal }) =>
      ok(
        api.GET("/api/v1/projects/{project_id}/upload-sets", {
          signal,
          params: { path: { project_id: projectId } },
        }),
      ),
    // events tell of changes, too; they may be missed
    refetchInterval: ({ state }) =>
      state.data?.some((each) => each.state === "reading" || each.state === "adding") ? 2000 : false,
  });
}

/** Says that files belong together, before they are sent. */
export function announceSet(projectId: string, nFiles: number, name: string | null): Promise<UploadSet> {
  return ok(
    api.POST("/api/v1/projects/{project_id}/upload-sets", {
      params: { path: { project_id: projectId } },
      body: { n_files: nFiles, name },
    }),
  );
}

/** Reads what is here once more, makes images of it, or gives it up. */
export function useSetFate(projectId: string, what: "read" | "add" | "discard") {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (setId: string) => {
      const params = { path: { set_id: setId } };
      if (what === "read") await ok(api.POST("/api/v1/upload-sets/{set_id}/read", { params }));
      else if (what === "add") await ok(api.POST("/api/v1/upload-sets/{set_id}/add", { params }));
      else await ok(api.DELETE("/api/v1/upload-sets/{set_id}", { params }));
    },
    onSettled: () =>
      Promise.all([
        client.invalidateQueries({ queryKey: keys.uploadSets(projectId) }),
        client.invalidateQueries({ queryKey: keys.batches(projectId) }),
        client.invalidateQueries({ queryKey: keys.images(projectId) }),
      ]),
  });
}
