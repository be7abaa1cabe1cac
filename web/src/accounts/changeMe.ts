import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api, ok, type Schemas } from "../api/client";
import { keys } from "../api/keys";
import type { Me } from "../api/session";

/** Changes one's own profile; it shows at once, and goes back when the service refuses. */
export function useChangeMe(me: Me) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: Partial<Schemas["ProfileChange"]>) =>
      ok(api.PATCH("/api/v1/users/me", { params: { header: { "If-Match": `"${me.version}"` } }, body })),
    onMutate: (body) => {
      client.setQueryData<Me>(keys.me, { ...me, ...body });
    },
    onSuccess: (changed) => client.setQueryData(keys.me, changed),
    onError: () => {
      client.setQueryData(keys.me, me);
      return client.invalidateQueries({ queryKey: keys.me });
    },
  });
}
