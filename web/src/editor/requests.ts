import { keepPreviousData, useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, ok, type Schemas } from "../api/client";
import { keys } from "../api/keys";
import { sendOutlines } from "../api/outlines";
import { decodeFrameOutlines } from "../geometry/frameOutlines";
import { decodeOutline, type Outline } from "../geometry/outline";
import { newId } from "../store/newId";
import type { EditorSession } from "./session/session";
import type { SmartWish } from "./tools/tool";

interface SmartObject {
  className: string;
  outline: Outline;
}

export interface SmartFound {
  objects: readonly SmartObject[];
  threshold: number;
  diameterPx: number;
}

export interface SmartPlace extends SmartWish {
  imageId: string;
  frame: number;
  z: number | "max";
  threshold: number | null;
  diameterPx: number | null;
}

/** What the model sees at a place; nothing is kept. */
export async function askSmart(place: SmartPlace, signal: AbortSignal): Promise<SmartFound> {
  const answer = await ok(
    api.POST("/api/v1/images/{image_id}/frames/{frame}/smart", {
      signal,
      params: { path: { image_id: place.imageId, frame: place.frame } },
      body: {
        point: place.point ? [place.point[0], place.point[1]] : null,
        box: place.box ? [place.box[0], place.box[1], place.box[2], place.box[3]] : null,
        threshold: place.threshold,
        diameter_px: place.diameterPx,
        z: place.z,
      },
    }),
  );
  return {
    threshold: answer.threshold,
    diameterPx: answer.diameter_px,
    objects: answer.objects.map((each) => ({
      className: each.class_name,
      outline: decodeOutline(Uint8Array.from(atob(each.polygons), (letter) => letter.charCodeAt(0))),
    })),
  };
}

/** A version that a person draws, empty or with a copy of another's outlines. */
export function useNewVersion(imageId: string, frame: number) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (copyFrom: string | null) =>
      ok(
        api.POST("/api/v1/images/{image_id}/results", {
          params: { path: { image_id: imageId }, header: { "idempotency-key": newId() } },
          body: { frame, copy_from: copyFrom },
        }),
      ),
    onSettled: () => client.invalidateQueries({ queryKey: keys.image(imageId) }),
  });
}

/** A version from a file of another program. */
export function useImportOutlines(imageId: string, frame: number) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (file: File) => sendOutlines(imageId, frame, file),
    onSettled: () => client.invalidateQueries({ queryKey: keys.image(imageId) }),
  });
}

/** Outlines of this frame for other frames: the same places there, measured there. */
export function useCopyTo(imageId: string, resultId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async ({
      numbers,
      frames,
    }: {
      numbers: readonly number[] | null;
      frames: readonly number[];
    }) => {
      for (const frame of frames) {
        await ok(
          api.POST("/api/v1/results/{result_id}/copy", {
            params: { path: { result_id: resultId }, header: { "idempotency-key": newId() } },
            body: { numbers: numbers && [...numbers], to_image_id: imageId, to_frame: frame },
          }),
        );
      }
    },
    onSettled: () =>
      Promise.all([
        client.invalidateQueries({ queryKey: keys.image(imageId) }),
        client.invalidateQueries({ queryKey: ["objects"] }),
      ]),
  });
}

/** The journal of a result, newest first. */
export function useEdits(resultId: string, version: number) {
  return useInfiniteQuery({
    queryKey: [...keys.objects(resultId), "edits", version],
    initialPageParam: null as string | null,
    placeholderData: keepPreviousData,
    queryFn: ({ pageParam, signal }): Promise<Schemas["Page_EditOut_"]> =>
      ok(
        api.GET("/api/v1/results/{result_id}/edits", {
          signal,
          params: { path: { result_id: resultId }, query: { limit: 50, cursor: pageParam } },
        }),
      ),
    getNextPageParam: (page) => page.next_cursor,
  });
}

/** The outlines as they were after a step (0: as the model made them). */
export async function outlinesAt(resultId: string, sequence: number) {
  const buffer = await ok(
    api.GET("/api/v1/results/{result_id}/outlines", {
      params: { path: { result_id: resultId }, query: { at: sequence } },
      parseAs: "arrayBuffer",
    }),
  );
  return decodeFrameOutlines(buffer as unknown as ArrayBuffer);
}

/** Puts the outlines back as they were after a step: a step of its own, which can be taken back. */
export function useRestore(session: EditorSession | null, resultId: string) {
  return useMutation({
    mutationFn: (sequence: number) =>
      ok(
        api.POST("/api/v1/results/{result_id}/restore", {
          params: {
            path: { result_id: resultId },
            header: { "If-Match": `"${session?.sync.version ?? 0}"`, "idempotency-key": newId() },
          },
          body: { sequence },
        }),
      ),
    onSuccess: (answer) => session?.heard(answer.version),
  });
}
