import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { Measuring } from "../geometry/measures";
import { api, ok, type Schemas } from "./client";
import { keys } from "./keys";

export type ImageSummary = Schemas["ImageSummary"];
export type ImageDetail = Schemas["ImageDetail"];

/** How the objects of an image are measured: by the pixel size that counts for it, and by what its project measures. */
export function measuringOf(image: Pick<ImageDetail, "pixel_size_um" | "region">): Measuring {
  return { pixelSizeUm: image.pixel_size_um ?? null, region: image.region ?? "filled" };
}

export function useImage(imageId: string) {
  return useQuery({
    queryKey: keys.image(imageId),
    queryFn: ({ signal }) =>
      ok(api.GET("/api/v1/images/{image_id}", { signal, params: { path: { image_id: imageId } } })),
  });
}

export function useFrames(imageId: string) {
  return useQuery({
    queryKey: [...keys.image(imageId), "frames"],
    queryFn: ({ signal }) =>
      ok(api.GET("/api/v1/images/{image_id}/frames", { signal, params: { path: { image_id: imageId } } })),
  });
}

export function useChangeImage(image: ImageDetail) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: Schemas["ImageChange"]) =>
      ok(
        api.PATCH("/api/v1/images/{image_id}", {
          params: { path: { image_id: image.id }, header: { "If-Match": `"${image.version}"` } },
          body,
        }),
      ),
    onSuccess: (changed) => client.setQueryData(keys.image(image.id), changed),
    onError: () => client.invalidateQueries({ queryKey: keys.image(image.id) }),
    onSettled: () => client.invalidateQueries({ queryKey: keys.images(image.project_id) }),
  });
}

const AT_ONCE = 10_000;

interface Listed {
  items?: ImageSummary[];
  next_cursor?: string | null;
}

/** Throws images away or takes them back. */
export function useImagesFate(projectId: string, what: "trash" | "restore") {
  const client = useQueryClient();
  return useMutation({
    // done twice it is done once: a request that a network cut off is sent again
    retry: (count, error) => error instanceof TypeError && count < 3,
    mutationFn: async (imageIds: readonly string[]) => {
      for (let first = 0; first < imageIds.length; first += AT_ONCE) {
        const options = {
          params: { path: { project_id: projectId } },
          body: { image_ids: imageIds.slice(first, first + AT_ONCE) },
        };
        if (what === "trash") await ok(api.POST("/api/v1/projects/{project_id}/images/trash", options));
        else await ok(api.POST("/api/v1/projects/{project_id}/images/restore", options));
      }
    },
    // they leave the list at once, and come back when the service refuses
    onMutate: async (imageIds) => {
      const queryKey = keys.images(projectId);
      await client.cancelQueries({ queryKey });
      const before = client.getQueriesData<Listed>({ queryKey });
      const gone = new Set(imageIds);
      client.setQueriesData<Listed>(
        { queryKey },
        // beside the pages of the list stand answers about all images (acquisition, neighbours), which list none
        (page) => (page?.items ? { ...page, items: page.items.filter((each) => !gone.has(each.id)) } : page),
      );
      return before;
    },
    onError: (_error, _imageIds, before) => {
      for (const [queryKey, page] of before ?? []) client.setQueryData(queryKey, page);
    },
    onSettled: () =>
      Promise.all([
        client.invalidateQueries({ queryKey: keys.images(projectId) }),
        client.invalidateQueries({ queryKey: keys.summary(projectId) }),
      ]),
  });
}

export function useDeleteImages(projectId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (imageIds: readonly string[]) => {
      for (const imageId of imageIds) {
        await ok(
          api.DELETE("/api/v1/images/{image_id}", {
            params: { path: { image_id: imageId }, query: { forever: true } },
          }),
        );
      }
    },
    onSettled: () =>
      Promise.all([
        client.invalidateQueries({ queryKey: keys.images(projectId) }),
        client.invalidateQueries({ queryKey: keys.summary(projectId) }),
      ]),
  });
}
