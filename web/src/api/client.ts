import createClient, { type Middleware } from "openapi-fetch";
import { oneAtATime } from "../store/locks";
import { seeBuild } from "./build";
import { csrfToken } from "./csrf";
import type { components, paths } from "./schema";

export type Schemas = components["schemas"];

/** What the service says went wrong (RFC 9457); `code` never changes, `detail` is for people. */
export class ApiProblem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    detail: string,
    readonly body: Record<string, unknown> = {},
  ) {
    super(detail);
  }
}

const SAFE = new Set(["GET", "HEAD", "OPTIONS"]);

const REFRESH_PATH = "/api/v1/auth/refresh";
let refreshedAt = 0;

/**
 * A new access cookie from the refresh cookie; false when the session is over. Of several tabs and requests that ask
 * at the same moment, one goes to the service: an old refresh token used twice would end the session.
 */
export async function refreshSession(): Promise<boolean> {
  const askedAt = Date.now();
  return oneAtATime("spheroseg.refresh", async () => {
    const last = Math.max(refreshedAt, Number(localStorage.getItem("spheroseg.refreshed") ?? 0));
    if (last > askedAt) return true;
    const { response } = await refreshClient.POST(REFRESH_PATH, { headers: { "X-CSRF-Token": csrfToken() } });
    if (!response.ok) return false;
    refreshedAt = Date.now();
    localStorage.setItem("spheroseg.refreshed", String(refreshedAt));
    return true;
  });
}

const refreshClient = createClient<paths>({ baseUrl: window.location.origin });
const again = new Map<string, Request>();

const session: Middleware = {
  onRequest({ request, id }) {
    if (!SAFE.has(request.method)) request.headers.set("X-CSRF-Token", csrfToken());
    again.set(id, request.clone());
    return request;
  },
  async onResponse({ response, id, schemaPath }) {
    const first = again.get(id);
    again.delete(id);
    seeBuild(response.headers);
    if (response.status !== 401 || !first || schemaPath.startsWith("/api/v1/auth/")) return response;
    if (!csrfToken() || !(await refreshSession())) return response;
    const retry = new Request(first, { headers: new Headers(first.headers) });
    if (!SAFE.has(retry.method)) retry.headers.set("X-CSRF-Token", csrfToken());
    return fetch(retry);
  },
  onError({ id }) {
    again.delete(id);
  },
};

export const api = createClient<paths>({ baseUrl: window.location.origin });
api.use(session);

interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

function problemOf(answer: Answer<unknown>): ApiProblem {
  const body = (typeof answer.error === "object" && answer.error !== null ? answer.error : {}) as Record<
    string,
    unknown
  >;
  const code = typeof body.code === "string" ? body.code : `http_${answer.response.status}`;
  const detail =
    typeof body.detail === "string" ? body.detail : typeof body.title === "string" ? body.title : "";
  return new ApiProblem(answer.response.status, code, detail, body);
}

/** The answer's content; what is no success is thrown as a problem. */
export async function ok<T>(promise: Promise<Answer<T>>): Promise<T> {
  const answer = await promise;
  if (!answer.response.ok) throw problemOf(answer);
  return answer.data as T;
}
