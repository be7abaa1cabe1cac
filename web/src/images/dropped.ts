import type { ChosenFile } from "./chosenFiles";

/** All files of a drop, with the folders they lie in. */
export async function droppedFiles(transfer: DataTransfer): Promise<ChosenFile[]> {
  // entries are only there while the event is handled, so all are taken before the first wait
  const entries = [...transfer.items].flatMap((item) => item.webkitGetAsEntry() ?? []);
  if (entries.length === 0) return [...transfer.files].map((file) => ({ file, path: file.name }));
  const found: ChosenFile[] = [];
  for (const entry of entries) await walk(entry, "", found);
  return found;
}

async function walk(entry: FileSystemEntry, folder: string, found: ChosenFile[]): Promise<void> {
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) =>
      (entry as FileSystemFileEntry).file(resolve, reject),
    );
    found.push({ file, path: folder + entry.name });
    return;
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  for (;;) {
    // a reader gives about a hundred entries at a time, and none at the end
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (some.length === 0) return;
    for (const each of some) await walk(each, `${folder}${entry.name}/`, found);
  }
}

export function pickedFiles(list: FileList): ChosenFile[] {
  return [...list].map((file) => ({ file, path: file.webkitRelativePath || file.name }));
}

/** The folder that all files lie in, a good name for a project. */
export function folderName(chosen: readonly ChosenFile[]): string | null {
  const first = chosen[0]?.path.split("/");
  return first && first.length > 1 ? (first[0] ?? null) : null;
}
