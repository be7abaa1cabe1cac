import type { ChosenFile } from "./chosenFiles";

/** The part of an annotation file that is of one image: a file of the same format by itself. */
export interface OutlinesOfImage extends ChosenFile {
  /** As the annotation file calls it. */
  imageName: string;
  /** Its time point, where the file says one. */
  frame: number;
}

type Json = Record<string, unknown>;

const rowsAt = (data: Json, key: string): Json[] =>
  Array.isArray(data[key])
    ? (data[key] as unknown[]).filter((row): row is Json => !!row && typeof row === "object")
    : [];

/**
 * COCO and Datumaro (JSON) and CVAT (XML) hold the outlines of many images in one file: that file cut into one an image.
 * Null: it is of no such kind, or is damaged, which the service says when it is sent as it is.
 */
export async function splitOutlines({ file, path }: ChosenFile): Promise<OutlinesOfImage[] | null> {
  const text = await file.text();
  const part = (imageName: string, content: string, frame = 0): OutlinesOfImage => ({
    imageName,
    frame,
    path: `${path} › ${imageName}`,
    file: new File([content], file.name, { type: file.type }),
  });
  if (/\.xml$/i.test(file.name)) return imagesOfCvat(text, part);
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch {
    return null;
  }
  if (!data || typeof data !== "object" || Array.isArray(data)) return null;
  const whole = data as Json;
  if (Array.isArray(whole.items)) {
    return rowsAt(whole, "items").map((item) => {
      const media = (item.image ?? item.media) as Json | undefined;
      return part(String(media?.path ?? item.id), JSON.stringify({ ...whole, items: [item] }));
    });
  }
  return Array.isArray(whole.images) && Array.isArray(whole.annotations) ? imagesOfCoco(whole, part) : null;
}

type MakePart = (imageName: string, content: string, frame?: number) => OutlinesOfImage;

function imagesOfCoco(whole: Json, part: MakePart): OutlinesOfImage[] {
  const byImage = new Map<unknown, Json[]>();
  for (const annotation of rowsAt(whole, "annotations")) {
    const others = byImage.get(annotation.image_id);
    if (others) others.push(annotation);
    else byImage.set(annotation.image_id, [annotation]);
  }
  return rowsAt(whole, "images").map((image) => {
    const own = { ...whole, images: [image], annotations: byImage.get(image.id) ?? [] };
    const frame = typeof image.frame === "number" ? image.frame : 0;
    return part(String(image.file_name ?? image.id), JSON.stringify(own), frame);
  });
}

function imagesOfCvat(text: string, part: MakePart): OutlinesOfImage[] | null {
  const document = new DOMParser().parseFromString(text, "application/xml");
  const root = document.documentElement;
  if (root?.tagName !== "annotations" || document.querySelector("parsererror, track")) return null;
  const images = [...root.children].filter((child) => child.tagName === "image");
  const writer = new XMLSerializer();
  return images.map((image) =>
    part(image.getAttribute("name") ?? "", `<annotations>${writer.serializeToString(image)}</annotations>`),
  );
}
