import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api, ok } from "../api/client";
import { keys } from "../api/keys";

function useAgain() {
  const client = useQueryClient();
  return (resultId: string) =>
    Promise.all([
      client.invalidateQueries({ queryKey: keys.objects(resultId) }),
      client.invalidateQueries({ queryKey: ["project"] }),
    ]);
}

/** Takes an object out of a result: a step of the journal, which can be taken back. */
export function useRemoveObject() {
  const again = useAgain();
  return useMutation({
    mutationFn: ({ resultId, number, version }: { resultId: string; number: number; version: number }) =>
      ok(
        api.PATCH("/api/v1/results/{result_id}/objects", {
          params: { path: { result_id: resultId }, header: { "If-Match": `"${version}"` } },
          body: { kind: "remove", operations: [{ op: "remove", number }] },
        }),
      ),
    onSettled: (_data, _error, { resultId }) => again(resultId),
  });
}

export function useUndoEdit() {
  const again = useAgain();
  return useMutation({
    mutationFn: async (resultId: string) => {
      const result = await ok(
        api.GET("/api/v1/results/{result_id}", { params: { path: { result_id: resultId } } }),
      );
      return ok(
        api.POST("/api/v1/results/{result_id}/undo", {
          params: { path: { result_id: resultId }, header: { "If-Match": `"${result.version}"` } },
        }),
      );
    },
    onSettled: (_data, _error, resultId) => again(resultId),
  });
}
