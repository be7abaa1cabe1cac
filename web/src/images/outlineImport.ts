import { messageOf } from "../api/messages";
import { type PairedOutlines, sendOutlines } from "../api/outlines";
import type { ChosenFile } from "./chosenFiles";

/** A file of outlines on its way to the image that its name means. */
export interface ImportRow {
  chosen: ChosenFile;
  imageId: string | null;
  imageName: string | null;
  state: "waiting" | "sending" | "done" | "refused";
  nObjects: number;
  /** The image goes on showing what a person drew. */
  isHidden: boolean;
  /** Why it was refused, or what was repaired and left out. */
  said: string;
}

export function rowsOf(files: readonly ChosenFile[], paired: readonly PairedOutlines[]): ImportRow[] {
  return files.map((chosen, i) => {
    const found = paired[i];
    const imageId = found?.image_id ?? null;
    return {
      chosen,
      imageId,
      imageName: found?.image_name ?? null,
      state: imageId === null ? "refused" : "waiting",
      nObjects: 0,
      isHidden: false,
      said: found?.reason ?? "",
    };
  });
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
      const { result, is_shown, notes } = await sendOutlines(row.imageId, 0, row.chosen.file, signal);
      tell(index, {
        state: "done",
        nObjects: result.n_objects,
        isHidden: !is_shown,
        said: notes.join("; "),
      });
    } catch (error) {
      if (!signal.aborted) tell(index, { state: "refused", said: messageOf(error) });
    }
  }
}
