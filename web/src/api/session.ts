import { queryOptions, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { changeLanguage, currentLanguage, isLanguage } from "../i18n";
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
      client.clear();
      client.setQueryData(keys.me, user);
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

export function useSignOut() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => ok(api.POST("/api/v1/auth/sign-out")),
    onSettled: () => {
      client.clear();
      client.setQueryData(keys.me, null);
    },
  });
}

/** Where to go after signing in: a page of ours, whatever the address says. */
export function safeTarget(to: string | null): string {
  return to?.startsWith("/") && !to.startsWith("//") && !to.startsWith("/\\") ? to : "/projects";
}

/** The secret of a mailed link; it stands behind # so that no server writes it down. */
export function tokenOfAddress(hash: string): string {
  return new URLSearchParams(hash.replace(/^#/, "")).get("token") ?? "";
}
