import { api, ok, type Schemas } from "./client";

export type PairedOutlines = Schemas["PairedOutlines"];

/** What a file of outlines is called by its ending; where several formats share one, the service looks inside. */
export const OUTLINE_ENDINGS = ".png,.tif,.tiff,.bmp,.roi,.zip,.geojson,.gz,.json,.xml";

const AT_ONCE = 10_000;

/** A file of another program becomes a version of a frame. */
export function sendOutlines(imageId: string, frame: number, file: File, signal?: AbortSignal) {
  const form = new FormData();
  form.append("file", file, file.name);
  return ok(
    api.POST("/api/v1/images/{image_id}/results/import", {
      signal,
      params: { path: { image_id: imageId }, query: { frame } },
      body: form as never, // the generated type knows fields
    }),
  );
}

/** The image that each file's name means, of some images or (null) of the whole project. */
export async function pairOutlines(
  projectId: string,
  names: readonly string[],
  imageIds: readonly string[] | null,
): Promise<PairedOutlines[]> {
  const found: PairedOutlines[] = [];
  for (let from = 0; from < names.length; from += AT_ONCE) {
    found.push(
      ...(await ok(
        api.POST("/api/v1/projects/{project_id}/outlines/pairing", {
          params: { path: { project_id: projectId } },
          body: { names: names.slice(from, from + AT_ONCE), image_ids: imageIds && [...imageIds] },
        }),
      )),
    );
  }
  return found;
}
