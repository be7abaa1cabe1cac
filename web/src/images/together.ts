import { type ChosenFile, isImageName } from "./chosenFiles";
import rules from "./together_rules.json";

const PLANES = rules.planes.map((pattern) => new RegExp(`^(?:${pattern})$`, "i"));
const MASK_FOLDER = new RegExp(`^(?:${rules.masks.folder})$`, "i");
const MASK_NAME = [rules.masks.begin, rules.masks.end].map((pattern) => new RegExp(pattern, "i"));
const IN_ZARR = /\.zarr\//i;
const JUNK = new Set(["thumbs.db", "desktop.ini"]);

const nameOf = (path: string) => path.split("/").at(-1) ?? path;

/** A plane of a plate by its whole name: which of several it is stands in it. */
function isPlane(name: string): boolean {
  const stem = name.replace(/\.[^.]+$/, "");
  return PLANES.some((pattern) => {
    const groups = pattern.exec(stem)?.groups;
    return groups !== undefined && ["channel", "field", "z", "year", "days"].some((each) => groups[each]);
  });
}

const stemOf = (path: string) => nameOf(path).replace(/(\.ome)?\.[^.]+$/i, "");

/** By its name or folder a label mask, or a small copy of an image: which of them it is, the service sees. */
function maybeNoImage(path: string): boolean {
  const isInMasks = path
    .split("/")
    .slice(0, -1)
    .some((folder) => MASK_FOLDER.test(folder));
  const stem = stemOf(path);
  return isInMasks || MASK_NAME.some((pattern) => pattern.test(stem)) || /(^|[_\-. ])thumb/i.test(stem);
}

/** Whether files are to be read together: planes of a plate, sets of files, images with files or masks beside them. */
export function belongTogether(chosen: readonly ChosenFile[]): boolean {
  if (chosen.some(({ path }) => IN_ZARR.test(path))) return true;
  const images = chosen.filter(({ path }) => isImageName(path));
  const nDoubtful = images.filter(({ path }) => maybeNoImage(path)).length;
  if (nDoubtful > 0 && nDoubtful < images.length) return true;
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
      (IN_ZARR.test(path) || // which keeps its metadata in .zattrs
        !path.split("/").some((part) => part.startsWith(".") || part === "__MACOSX")) &&
      !JUNK.has(nameOf(path).toLowerCase()),
  );
}
