import type { ImageSummary } from "../api/images";

/** What the gallery shows; it stands in the page's address, so that a reload and a shared link show the same. */
export interface ImageFilter {
  search: string;
  /** Where an image stands; "unreadable" is a file that could not be prepared, so that nothing can segment it. */
  segmentation: ImageSummary["segmentation_state"] | "unreadable" | "";
  well: string;
  plate: string;
  flag: string;
  review: ImageSummary["review"] | "";
  channel: string;
  /** Hours, as a `NumberField` tells them. */
  from: string;
  to: string;
  edited: boolean;
  trash: boolean;
  sort: "name" | "created" | "size" | "objects" | "well";
  descending: boolean;
}

export const ALL_IMAGES: ImageFilter = {
  search: "",
  segmentation: "",
  well: "",
  plate: "",
  flag: "",
  review: "",
  channel: "",
  from: "",
  to: "",
  edited: false,
  trash: false,
  sort: "name",
  descending: false,
};

const NAMES = Object.keys(ALL_IMAGES) as (keyof ImageFilter)[];

export function filterOf(address: URLSearchParams): ImageFilter {
  const found = Object.fromEntries(
    NAMES.flatMap((name) => {
      const value = address.get(name);
      if (value === null) return [];
      return [[name, typeof ALL_IMAGES[name] === "boolean" ? value === "yes" : value]];
    }),
  );
  return { ...ALL_IMAGES, ...found };
}

export function addressOf(filter: ImageFilter): Record<string, string> {
  return Object.fromEntries(
    NAMES.filter((name) => filter[name] !== ALL_IMAGES[name]).map((name) => [
      name,
      filter[name] === true ? "yes" : String(filter[name]),
    ]),
  );
}

/** Whether anything but the order differs from the whole list. */
export function isNarrowed(filter: ImageFilter): boolean {
  return NAMES.some((name) => name !== "sort" && name !== "descending" && filter[name] !== ALL_IMAGES[name]);
}

const WELL = /^[A-Za-z]{1,2}[0-9]{1,2}$/;

function seconds(hours: string): number | null {
  const value = Number(hours);
  return hours.trim() === "" || !Number.isFinite(value) || value < 0 ? null : Math.round(value * 3600);
}

export function queryOf(filter: ImageFilter) {
  return {
    search: filter.search,
    segmentation: filter.segmentation === "unreadable" ? null : filter.segmentation || null,
    state: filter.segmentation === "unreadable" ? ("failed" as const) : null,
    well: WELL.test(filter.well) ? filter.well : null,
    plate: filter.plate || null,
    flag: filter.flag || null,
    review: filter.review || null,
    channel: filter.channel || null,
    time_from_s: seconds(filter.from),
    time_to_s: seconds(filter.to),
    edited: filter.edited ? true : null,
    trash: filter.trash,
    sort: filter.sort,
    descending: filter.descending,
  };
}
