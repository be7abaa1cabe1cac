import { messageOf } from "../api/messages";
import { announceSet } from "../api/uploadSets";
import { text } from "../i18n";
import { notify } from "../store/notifications";
import { announce } from "./batchPlaces";
import type { ChosenFile } from "./chosenFiles";
import { folderName } from "./dropped";
import { belongTogether, meantFiles } from "./together";
import { addSet, addUploads } from "./uploads";

/** Uploads what somebody chose: files that belong together as a set, others each for itself. */
export async function takeFiles(
  projectId: string,
  chosen: readonly ChosenFile[],
  isRunWanted?: boolean,
): Promise<void> {
  if (belongTogether(chosen)) {
    const files = meantFiles(chosen);
    try {
      const made = await announceSet(projectId, files.length, folderName(files));
      await announce(projectId, files.length, isRunWanted, made.id);
      addSet(projectId, files, made.id);
    } catch (error) {
      notify("error", messageOf(error));
    }
    return;
  }
  const taken = addUploads(projectId, chosen, { isRunWanted });
  const left = chosen.length - taken;
  if (taken === 0) notify("warning", text("addFiles.noImages"));
  else if (left > 0) notify("warning", text("addFiles.skipped", { count: left }));
}
