import { MutationCache, QueryCache, QueryClient } from "@tanstack/react-query";
import { notify } from "../store/notifications";
import { ApiProblem } from "./client";
import { messageOf } from "./messages";

function mayHelp(failures: number, error: unknown): boolean {
  const isTemporary = !(error instanceof ApiProblem) || error.status === 429 || error.status >= 500;
  return isTemporary && failures < 3;
}

export const queryClient = new QueryClient({
  defaultOptions: { queries: { staleTime: 10_000, retry: mayHelp, refetchOnWindowFocus: true } },
  queryCache: new QueryCache({
    onError(error, query) {
      // what was shown before stays on the screen, so somebody has to say that it is old
      if (query.state.data !== undefined && query.meta?.isQuiet !== true) notify("error", messageOf(error));
    },
  }),
  mutationCache: new MutationCache({
    onError(error, _variables, _context, mutation) {
      if (mutation.meta?.isQuiet !== true) notify("error", messageOf(error));
    },
  }),
});
