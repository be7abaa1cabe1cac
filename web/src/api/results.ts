import { queryOptions, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { decodeFrameOutlines, type FrameOutlines } from "../geometry/frameOutlines";
import { api, ok, type Schemas } from "./client";
import { keys } from "./keys";

export type Result = Schemas["ResultOut"];
export type ObjectOut = Schemas["ObjectOut"];
/** What of a run card is needed to look at the slice that was outlined. */
type Outlined = { frame?: Pick<Schemas["FrameSource"], "z"> | null };

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
  return queryOptions<FrameOutlines>({
    queryKey: [...keys.objects(resultId ?? ""), "outlines", threshold],
    enabled: resultId !== null,
    queryFn: async ({ signal }): Promise<FrameOutlines> => {
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
      return decodeFrameOutlines(buffer as unknown as ArrayBuffer);
    },
  });
}

export function useOutlines(resultId: string | null, threshold: number | null = null) {
  return useQuery<FrameOutlines>({
    ...outlinesOf(resultId, threshold),
    // what was drawn stays until the next is there, so that a moving threshold does not flicker
    placeholderData: (before: FrameOutlines | undefined): FrameOutlines | undefined =>
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

/** The slice of a stack that a result outlines, or its maximum projection; the middle one where nobody says. */
export function sliceOf(runCard: Outlined | null | undefined, nSlices: number): number | "max" {
  const z = runCard?.frame?.z;
  if (z === "max" && nSlices > 1) return z;
  return typeof z === "number" ? Math.min(z, nSlices - 1) : Math.floor(nSlices / 2);
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
