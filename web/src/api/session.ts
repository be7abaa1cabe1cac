import { queryOptions, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { changeLanguage, currentLanguage, isLanguage } from "../i18n";
import { finished } from "../store/leaving";
import { clearNotifications } from "../store/notifications";
import { ApiProblem, api, ok, type Schemas } from "./client";
import { csrfToken } from "./csrf";
import { keys } from "./keys";

export type Me = Schemas["UserOut"];

export const whoAmI = queryOptions({
  queryKey: keys.me,
  staleTime: 60_000,
  queryFn: async ({ signal }): Promise<Me | null> => {
    // without the cookie that pages may read there is no session, and nothing to ask
    if (!csrfToken()) return null;
    try {
      return await ok(api.GET("/api/v1/users/me", { signal }));
    } catch (error) {
      if (error instanceof ApiProblem && error.status === 401) return null;
      throw error;
    }
  },
});

/** Who is signed in; null for nobody. */
export function useMe() {
  return useQuery(whoAmI);
}

export function useSignIn() {
  const client = useQueryClient();
  return useMutation({
    meta: { isQuiet: true },
    mutationFn: (body: { email: string; password: string; remember: boolean }) =>
      ok(api.POST("/api/v1/auth/sign-in", { body: { ...body, cookies: true } })),
    onSuccess: ({ user }) => {
      // what was kept is somebody else's; that of `me` is replaced, so that everybody who looks at it hears
      client.setQueryData(keys.me, user);
      client.removeQueries({ predicate: (each) => each.queryKey[0] !== keys.me[0] });
      if (isLanguage(user.language) && user.language !== currentLanguage())
        void changeLanguage(user.language);
    },
  });
}

export function useSignUp() {
  return useMutation({
    meta: { isQuiet: true },
    mutationFn: (body: Schemas["SignUp"]) => ok(api.POST("/api/v1/auth/sign-up", { body })),
  });
}

const SIGNED_OUT = "spheroseg.signedOut";

/** Ends the session and goes to a page; it is loaded anew, in every tab: nothing of what somebody saw stays in it. */
export function useSignOut(to = "/") {
  return useMutation({
    mutationFn: async () => {
      await finished();
      await ok(api.POST("/api/v1/auth/sign-out"));
      await window.caches?.delete("thumbnails");
      clearNotifications();
    },
    onSuccess: () => {
      localStorage.setItem(SIGNED_OUT, String(Date.now()));
      window.location.assign(to);
    },
  });
}

/** Leaves the page when somebody signs out in another tab. */
export function followSignOut(): void {
  window.addEventListener("storage", (event) => {
    if (event.key === SIGNED_OUT) window.location.assign("/");
  });
}

/** Where to go after signing in: a page of ours, whatever the address says, with what stands behind its #. */
export function safeTarget(to: string | null, hash = ""): string {
  const isOurs = to?.startsWith("/") && !to.startsWith("//") && !to.startsWith("/\\");
  return isOurs ? `${to}${hash}` : "/projects";
}

const STORED_HASH = "spheroseg.hash";

/** Keeps what stands behind the # while somebody signs in elsewhere: those pages do not bring it back. */
export function keepHash(hash: string): void {
  sessionStorage.setItem(STORED_HASH, hash);
}

export function storedHash(): string {
  return sessionStorage.getItem(STORED_HASH) ?? "";
}

/** The secret of a mailed link; it stands behind # so that no server writes it down. */
export function tokenOfAddress(hash: string): string {
  return new URLSearchParams(hash.replace(/^#/, "")).get("token") ?? "";
}
