import { type QueryClient, queryOptions, useQueries, useQueryClient } from "@tanstack/react-query";
import { useCallback, useMemo, useState } from "react";
import { api, ok } from "../api/client";
import type { ImageSummary } from "../api/images";
import { keys } from "../api/keys";
import { type Cursors, FIRST, follow } from "./cursors";
import { type ImageFilter, queryOf } from "./filter";

const PAGE_SIZE = 200;
const CACHED_MS = 3_600_000;

/** A page of the list: it begins behind the image that its cursor names. Each is read and refreshed by itself. */
export function pageOptions(projectId: string, filter: ImageFilter, cursor: string | null) {
  return queryOptions({
    queryKey: [...keys.images(projectId), filter, cursor],
    gcTime: CACHED_MS,
    queryFn: ({ signal }) =>
      ok(
        api.GET("/api/v1/projects/{project_id}/images", {
          signal,
          params: {
            path: { project_id: projectId },
            query: { ...queryOf(filter), limit: PAGE_SIZE, cursor },
          },
        }),
      ),
  });
}

function cached(client: QueryClient, projectId: string, filter: ImageFilter, cursor: string | null) {
  return client.getQueryData(pageOptions(projectId, filter, cursor).queryKey);
}

/**
 * Any number of images, of which only the pages on the screen are asked for and kept up to date.
 *
 * @param from First image on the screen, counted from 0.
 * @param to Last image on the screen.
 */
export function usePagedImages(projectId: string, filter: ImageFilter, from: number, to: number) {
  const client = useQueryClient();
  const name = JSON.stringify(filter);
  const [known, setKnown] = useState<{ name: string; cursors: Cursors }>({ name, cursors: FIRST });
  const cursors = known.name === name ? known.cursors : FIRST;
  const firstPage = Math.min(Math.floor(from / PAGE_SIZE), cursors.length - 1);
  const lastPage = Math.min(Math.floor((to + PAGE_SIZE / 2) / PAGE_SIZE), cursors.length - 1);
  const wanted = cursors.slice(firstPage, lastPage + 1);
  const pages = useQueries({ queries: wanted.map((cursor) => pageOptions(projectId, filter, cursor)) });

  // state that follows from what was read; it settles in as many steps as pages became known
  let now = cursors;
  for (const [i, page] of pages.entries())
    if (page.data) now = follow(now, firstPage + i, page.data.next_cursor);
  if (now !== cursors || known.name !== name) setKnown({ name, cursors: now });

  const at = useCallback(
    (index: number): ImageSummary | undefined => {
      const cursor = cursors[Math.floor(index / PAGE_SIZE)];
      return cursor === undefined
        ? undefined
        : cached(client, projectId, filter, cursor)?.items[index % PAGE_SIZE];
    },
    [client, projectId, filter, cursors],
  );
  const last = cached(client, projectId, filter, cursors.at(-1) ?? null);
  /** Images that are known to be there; more follow when `isMore`. */
  const count = (cursors.length - 1) * PAGE_SIZE + (last?.items.length ?? 0);
  /** Ids of all images in their order, of those that were read. */
  const order = useCallback(
    () =>
      cursors.flatMap(
        (cursor) => cached(client, projectId, filter, cursor)?.items.map((each) => each.id) ?? [],
      ),
    [client, projectId, filter, cursors],
  );
  /** Reads what is not known yet, and gives the ids of all. */
  const readAll = useCallback(async () => {
    const ids: string[] = [];
    let cursor: string | null | undefined = null;
    while (cursor !== undefined) {
      const page: { items: { id: string }[]; next_cursor?: string | null } = await client.fetchQuery({
        ...pageOptions(projectId, filter, cursor),
        staleTime: CACHED_MS,
      });
      ids.push(...page.items.map((each) => each.id));
      cursor = page.next_cursor ?? undefined;
    }
    return ids;
  }, [client, projectId, filter]);
  const failed = pages.find((each) => each.isError && each.data === undefined);
  return useMemo(
    () => ({
      at,
      count,
      order,
      readAll,
      isMore: last === undefined || Boolean(last.next_cursor),
      isEmpty: count === 0 && last !== undefined,
      error: failed?.error ?? null,
      retry: () => void failed?.refetch(),
    }),
    [at, count, order, readAll, last, failed],
  );
}

export type PagedImages = ReturnType<typeof usePagedImages>;
