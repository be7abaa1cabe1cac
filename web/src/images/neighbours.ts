import { useQuery, useQueryClient } from "@tanstack/react-query";
import { keys } from "../api/keys";
import { ALL_IMAGES, addressOf, filterOf, type ImageFilter } from "./filter";
import { pageOptions } from "./pagedImages";

/** So many pages are read to find an image in its list; beyond that it has no neighbours. */
const MOST_PAGES = 50;

const storageKey = (projectId: string) => `spheroseg.gallery.${projectId}`;

/** The list that was looked at last in this tab: its filter and order are those that an open image moves along. */
export function rememberList(projectId: string, filter: ImageFilter): void {
  sessionStorage.setItem(storageKey(projectId), new URLSearchParams(addressOf(filter)).toString());
}

function listOf(projectId: string): ImageFilter {
  const stored = sessionStorage.getItem(storageKey(projectId));
  return stored === null ? ALL_IMAGES : filterOf(new URLSearchParams(stored));
}

interface Neighbours {
  previous: string | null;
  next: string | null;
}

/** The images before and after one in the list that was looked at last. */
export function useNeighbours(projectId: string, imageId: string) {
  const client = useQueryClient();
  const filter = listOf(projectId);
  return useQuery({
    queryKey: [...keys.images(projectId), "neighbours", filter, imageId],
    staleTime: 60_000,
    meta: { isQuiet: true },
    queryFn: async (): Promise<Neighbours> => {
      const ids: string[] = [];
      let cursor: string | null = null;
      for (let page = 0; page < MOST_PAGES; page += 1) {
        const read: { items: { id: string }[]; next_cursor?: string | null } = await client.fetchQuery({
          ...pageOptions(projectId, filter, cursor),
          staleTime: 60_000,
        });
        ids.push(...read.items.map((each) => each.id));
        cursor = read.next_cursor ?? null;
        const at = ids.indexOf(imageId);
        // at the end of a page the next image is on the following one
        if (at >= 0 && (at < ids.length - 1 || cursor === null))
          return { previous: ids[at - 1] ?? null, next: ids[at + 1] ?? null };
        if (cursor === null) break;
      }
      return { previous: null, next: null };
    },
  });
}
