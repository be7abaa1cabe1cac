import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, ok, type Schemas } from "../api/client";
import { keys } from "../api/keys";

export type ImageSummary = Schemas["ImageSummary"];
export type ImageDetail = Schemas["ImageDetail"];

export interface ImageFilter {
  search: string;
  segmentation: ImageSummary["segmentation_state"] | "";
  well: string;
  edited: boolean;
  trash: boolean;
  sort: "name" | "created" | "size" | "objects" | "well";
  descending: boolean;
}

export const ALL_IMAGES: ImageFilter = {
  search: "",
  segmentation: "",
  well: "",
  edited: false,
  trash: false,
  sort: "name",
  descending: false,
};

const WELL = /^[A-Za-z]{1,2}[0-9]{1,2}$/;

export function useImages(projectId: string, filter: ImageFilter) {
  return useInfiniteQuery({
    queryKey: [...keys.images(projectId), filter],
    initialPageParam: null as string | null,
    queryFn: ({ pageParam, signal }) =>
      ok(
        api.GET("/api/v1/projects/{project_id}/images", {
          signal,
          params: {
            path: { project_id: projectId },
            query: {
              limit: 200,
              cursor: pageParam,
              search: filter.search,
              segmentation: filter.segmentation || null,
              well: WELL.test(filter.well) ? filter.well : null,
              edited: filter.edited ? true : null,
              trash: filter.trash,
              sort: filter.sort,
              descending: filter.descending,
            },
          },
        }),
      ),
    getNextPageParam: (page) => page.next_cursor,
  });
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

/** Throws images away or takes them back. */
export function useImagesFate(projectId: string, what: "trash" | "restore") {
  const client = useQueryClient();
  return useMutation({
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
