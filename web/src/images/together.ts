import type { ChosenFile } from "./chosenFiles";
import rules from "./together_rules.json";

const PLANES = rules.planes.map((pattern) => new RegExp(`^(?:${pattern})$`, "i"));
const JUNK = new Set(["thumbs.db", "desktop.ini"]);

const nameOf = (path: string) => path.split("/").at(-1) ?? path;

/** A plane of a plate by its whole name: which of several it is stands in it. */
function isPlane(name: string): boolean {
  const stem = name.replace(/\.[^.]+$/, "");
  return PLANES.some((pattern) => {
    const said = pattern.exec(stem)?.groups;
    return said !== undefined && ["channel", "field", "z", "year", "days"].some((each) => said[each]);
  });
}

/** Whether files are to be read together: planes of a plate, sets of files, images with files beside them. */
export function belongTogether(chosen: readonly ChosenFile[]): boolean {
  const names = chosen.map(({ path }) => nameOf(path).toLowerCase());
  if (names.some((name) => [...rules.beside, ...rules.containers].some((ending) => name.endsWith(ending))))
    return true;
  const nSets = names.filter((name) => /\.ome\.(tiff?|btf)$/.test(name)).length;
  return nSets > 1 || chosen.filter(({ path }) => isPlane(nameOf(path))).length > 1;
}

/** The files of a folder that a person means: no hidden ones, none of the system's, none without content. */
export function meantFiles(chosen: readonly ChosenFile[]): ChosenFile[] {
  return chosen.filter(
    ({ file, path }) =>
      file.size > 0 &&
      !path.split("/").some((part) => part.startsWith(".") || part === "__MACOSX") &&
      !JUNK.has(nameOf(path).toLowerCase()),
  );
}
