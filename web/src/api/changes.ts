import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api, ok, type Schemas } from "./client";
import { keys } from "./keys";

export type SharedChange = Schemas["SharedChange"];

const AT_ONCE = 10_000;

/** Corrects the same about many images; null: about all of the project. */
export function useChangeImages(projectId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async ({
      imageIds,
      change,
    }: {
      imageIds: readonly string[] | null;
      change: SharedChange;
    }) => {
      const parts =
        imageIds === null
          ? [null]
          : Array.from({ length: Math.ceil(imageIds.length / AT_ONCE) }, (_, i) =>
              imageIds.slice(i * AT_ONCE, (i + 1) * AT_ONCE),
            );
      let nImages = 0;
      for (const part of parts) {
        const answer = await ok(
          api.POST("/api/v1/projects/{project_id}/images/change", {
            params: { path: { project_id: projectId } },
            body: { image_ids: part, change },
          }),
        );
        nImages += answer.n_images;
      }
      return nImages;
    },
    onSettled: () =>
      Promise.all([
        client.invalidateQueries({ queryKey: keys.project(projectId) }),
        client.invalidateQueries({ queryKey: ["image"] }),
      ]),
  });
}
