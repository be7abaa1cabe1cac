import suffixes from "./image_suffixes.json";

export interface ChosenFile {
  file: File;
  /** With its folders: `plate 1/day 3/B03.tif`. */
  path: string;
}

export function isImageName(name: string): boolean {
  const lower = name.toLowerCase();
  return suffixes.some((suffix) => lower.endsWith(suffix)) && !name.split("/").at(-1)?.startsWith(".");
}
