import type { ChosenFile } from "../images/chosenFiles";

/** The images that are shipped with the service (web/build.sh lays them beside the app). */
export async function exampleFiles(): Promise<ChosenFile[]> {
  const names = (await (await fetch("/examples/index.json")).json()) as string[];
  return Promise.all(
    names.map(async (name) => {
      const content = await (await fetch(`/examples/${name}`)).blob();
      // a fixed date: trying twice is the same upload, not another one
      return { file: new File([content], name, { type: "image/tiff", lastModified: 0 }), path: name };
    }),
  );
}
