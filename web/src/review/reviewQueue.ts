import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, ok, type Schemas } from "../api/client";
import { keys } from "../api/keys";
import { queryClient } from "../api/query";

export type ReviewItem = Schemas["ReviewItem"];
type ReviewState = ReviewItem["review"];
export type ReviewChange = Schemas["ReviewChange"];
export const ORDERS = ["next", "least_confident", "flagged", "influence"] as const;
type Order = (typeof ORDERS)[number];
export const STATES = ["unreviewed", "accepted", "excluded"] as const;
export const REASONS = ["out_of_focus", "debris", "wrong_outline", "empty", "damaged", "other"] as const;

interface Page {
  items: ReviewItem[];
  next_cursor?: string | null;
}

interface Pages {
  pages: Page[];
  pageParams: unknown[];
}

/** A frame's name in an address. */
export function nameOf(item: { image_id: string; frame: number }): string {
  return `${item.image_id}.${item.frame}`;
}

/** Stands apart from what live events refresh: what somebody is going through must not move under their hands. */
const queueKey = (projectId: string) => ["reviewQueue", projectId] as const;

export function useReviewQueue(projectId: string, order: Order, state: ReviewState) {
  return useInfiniteQuery({
    queryKey: [...queueKey(projectId), order, state],
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 600_000,
    initialPageParam: null as string | null,
    queryFn: ({ pageParam, signal }): Promise<Page> =>
      order === "influence"
        ? pageByInfluence(projectId, state, Number(pageParam ?? 0), signal)
        : ok(
            api.GET("/api/v1/projects/{project_id}/review", {
              signal,
              params: {
                path: { project_id: projectId },
                query: { order, state, limit: 100, cursor: pageParam },
              },
            }),
          ),
    getNextPageParam: (page) => page.next_cursor,
  });
}

const STEPS_AT_ONCE = 12;
const MOST_STEPS = 2000;

/** What reviewing can still do to the IC50s, and in which order; asked anew when the queue is begun anew. */
export const influenceOf = (projectId: string) => ({
  queryKey: [...queueKey(projectId), "influence"],
  staleTime: Number.POSITIVE_INFINITY,
  retry: false,
  queryFn: ({ signal }: { signal: AbortSignal }) =>
    ok(
      api.GET("/api/v1/projects/{project_id}/analysis/review-order", {
        signal,
        params: { path: { project_id: projectId }, query: { limit: MOST_STEPS } },
      }),
    ),
});

/** Some frames of the order, in the state that is wanted; one that matters to two compounds comes once. */
async function pageByInfluence(
  projectId: string,
  state: ReviewState,
  from: number,
  signal: AbortSignal,
): Promise<Page> {
  const { steps } = await queryClient.fetchQuery(influenceOf(projectId));
  const once = steps.filter((step, i) => steps.findIndex((each) => nameOf(each) === nameOf(step)) === i);
  const now = once.slice(from, from + STEPS_AT_ONCE);
  const found = await Promise.all(
    now.map(async (step): Promise<ReviewItem | null> => {
      const params = { path: { image_id: step.image_id } };
      const [image, frames] = await Promise.all([
        ok(api.GET("/api/v1/images/{image_id}", { signal, params })),
        ok(api.GET("/api/v1/images/{image_id}/frames", { signal, params })),
      ]);
      const frame = frames.find((each) => each.frame === step.frame);
      if (frame?.review !== state) return null;
      const { plate, well } = step;
      const { name, relative_path } = image;
      return {
        ...frame,
        image_id: step.image_id,
        image: name,
        relative_path,
        plate,
        well,
        n_frames: frames.length,
      };
    }),
  );
  const next = from + STEPS_AT_ONCE;
  return {
    items: found.filter((each) => each !== null),
    next_cursor: next < once.length ? String(next) : null,
  };
}

/** Asks for the queue anew, from its beginning. */
export function useStartAgain(projectId: string): () => Promise<void> {
  const client = useQueryClient();
  return () => client.resetQueries({ queryKey: queueKey(projectId) });
}

/** Says what a frame is; it shows at once, and goes back when the service refuses. */
export function useReviewFrame(projectId: string) {
  const client = useQueryClient();
  const queryKey = queueKey(projectId);
  return useMutation({
    mutationFn: ({ item, change }: { item: ReviewItem; change: ReviewChange }) =>
      ok(
        api.PUT("/api/v1/images/{image_id}/frames/{frame}/review", {
          params: { path: { image_id: item.image_id, frame: item.frame } },
          body: change,
        }),
      ),
    onMutate: ({ item, change }) => {
      const before = client.getQueriesData<Pages>({ queryKey });
      client.setQueriesData<Pages>(
        { queryKey },
        (all) =>
          all && {
            ...all,
            pages: all.pages.map((page) => ({
              ...page,
              items: page.items.map((each) =>
                each.image_id === item.image_id && each.frame === item.frame
                  ? { ...each, review: change.state, review_reason: change.reason ?? null }
                  : each,
              ),
            })),
          },
      );
      return before;
    },
    onError: (_error, _variables, before) => {
      for (const [key, pages] of before ?? []) client.setQueryData(key, pages);
    },
    onSettled: () =>
      Promise.all([
        client.invalidateQueries({ queryKey: keys.summary(projectId) }),
        client.invalidateQueries({ queryKey: keys.images(projectId) }),
        client.invalidateQueries({ queryKey: keys.table(projectId) }),
      ]),
  });
}
