import { useQuery } from "@tanstack/react-query";
import { useLocation, useSearchParams } from "react-router";
import { api, ok, type Schemas } from "../api/client";
import { tokenOfAddress } from "../api/session";

const WHOLE = /^[\w-]{20,200}$/;

/** Whether this can be the secret of a link: not one that was copied in half. */
export const isWhole = (token: string) => WHOLE.test(token);

/** What the service knows of a mailed link; nothing is used up, and nothing asked of half a link. */
export function useMailedLink(purpose: Schemas["MailedLink"]["purpose"], token: string) {
  return useQuery({
    queryKey: ["link", purpose, token],
    staleTime: Number.POSITIVE_INFINITY, // what uses it up says so itself
    enabled: isWhole(token),
    queryFn: () => ok(api.POST("/api/v1/auth/link", { body: { purpose, token } })),
  });
}

/** On the way through signing in or up: whether it is for an invitation, and whom that was sent to. */
export function useInvitationOnTheWay() {
  const [params] = useSearchParams();
  const { hash } = useLocation();
  const isOne = params.get("to")?.startsWith("/invitation") ?? false;
  const link = useMailedLink("invitation", isOne ? tokenOfAddress(hash) : "");
  return {
    isOne,
    isOver: link.data?.holds === false,
    email: link.data?.email,
    project: link.data?.project_name,
  };
}
