import type { ChosenFile } from "../images/chosenFiles";

/** Parts of published micrographs; `/micrographs/SOURCES.txt` says whose. */
const MICROGRAPHS = ["real_cells_phase.tif", "real_nuclei.tif", "real_spheroid.tif"];

/** The images that are shipped with the service: rendered ones (web/build.sh lays them beside the app) and real ones. */
export async function exampleFiles(): Promise<ChosenFile[]> {
  const rendered = (await (await fetch("/examples/index.json")).json()) as string[];
  const addresses = [
    ...rendered.map((name) => `/examples/${name}`),
    ...MICROGRAPHS.map((name) => `/micrographs/${name}`),
  ];
  return Promise.all(
    addresses.map(async (address) => {
      const name = address.slice(address.lastIndexOf("/") + 1);
      const content = await (await fetch(address)).blob();
      // a fixed date: trying twice is the same upload, not another one
      return { file: new File([content], name, { type: "image/tiff", lastModified: 0 }), path: name };
    }),
  );
}
