import { messageOf } from "../api/messages";
import { type PairedOutlines, pairOutlines, sendOutlines } from "../api/outlines";
import type { ChosenFile } from "./chosenFiles";
import { type OutlinesOfImage, splitOutlines } from "./splitOutlines";

/** A file of outlines on its way to the image that its name means. */
export interface ImportRow {
  chosen: ChosenFile;
  imageId: string | null;
  imageName: string | null;
  frame: number;
  state: "waiting" | "sending" | "done" | "refused";
  nObjects: number;
  /** The image goes on showing what a person drew. */
  isHidden: boolean;
  /** Why it was refused, or what was repaired and left out. */
  message: string;
}

/** What each of these files is of, by its name; a file of many images (COCO, Datumaro, CVAT) by the names in it. */
export async function rowsOf(
  files: readonly ChosenFile[],
  projectId: string,
  imageIds: readonly string[] | null,
): Promise<ImportRow[]> {
  const pair = (names: string[]) =>
    names.length > 0 ? pairOutlines(projectId, names, imageIds) : Promise.resolve([]);
  const paired = await pair(files.map(({ path }) => path));
  const parts = await Promise.all(
    files.map((chosen, i) =>
      !paired[i]?.image_id && /\.(json|xml)$/i.test(chosen.path) ? splitOutlines(chosen) : null,
    ),
  );
  const ofParts = await pair(parts.flatMap((found) => found ?? []).map(({ imageName }) => imageName));
  let n = 0;
  return files.flatMap((chosen, i) =>
    parts[i]?.length ? parts[i].map((part) => row(part, ofParts[n++])) : [row(chosen, paired[i])],
  );
}

function row(chosen: ChosenFile | OutlinesOfImage, found: PairedOutlines | undefined): ImportRow {
  const imageId = found?.image_id ?? null;
  return {
    chosen,
    imageId,
    imageName: found?.image_name ?? null,
    frame: "frame" in chosen ? chosen.frame : 0,
    state: imageId === null ? "refused" : "waiting",
    nObjects: 0,
    isHidden: false,
    message: found?.reason ?? "",
  };
}

/** One after the other, so that the service measures while the next file is on its way; what is refused does not stop the rest. */
export async function sendAll(
  rows: readonly ImportRow[],
  tell: (index: number, part: Partial<ImportRow>) => void,
  signal: AbortSignal,
): Promise<void> {
  for (const [index, row] of rows.entries()) {
    if (signal.aborted) return;
    if (row.imageId === null || row.state !== "waiting") continue;
    tell(index, { state: "sending" });
    try {
      const { result, is_shown, notes } = await sendOutlines(row.imageId, row.frame, row.chosen.file, signal);
      tell(index, {
        state: "done",
        nObjects: result.n_objects,
        isHidden: !is_shown,
        message: notes.join("; "),
      });
    } catch (error) {
      if (!signal.aborted) tell(index, { state: "refused", message: messageOf(error) });
    }
  }
}
