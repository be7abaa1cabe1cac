import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, configure, render } from "@testing-library/react";
import { createElement, Fragment, type ReactElement } from "react";
import { createMemoryRouter, Outlet, RouterProvider, useLocation } from "react-router";
import { afterEach, beforeAll, beforeEach } from "vitest";
import { loadAllTexts, startTexts } from "../src/i18n";
import { network } from "./setup";

/** What the service answers to `GET /api/v1/models`: a body, or what makes one, or a whole response, of the request's own. */
export type Answers = Record<string, unknown | ((body: unknown) => unknown)>;

export interface Asked {
  method: string;
  path: string;
  body: unknown;
}

/** Every request that left the page since the test began. */
export const asked: Asked[] = [];
let answers: Answers = {};
configure({ asyncUtilTimeout: 30_000 }); // a busy machine takes its time

beforeAll(async () => {
  localStorage.setItem("spheroseg.language", "en");
  await startTexts();
  await loadAllTexts();
});

beforeEach(() => {
  asked.length = 0;
  network.answer = async (request) => {
    const { pathname } = new URL(request.url);
    const sent = await request.text();
    const isJson = request.headers.get("content-type")?.includes("json");
    const body = sent && isJson ? JSON.parse(sent) : sent || null;
    asked.push({ method: request.method, path: pathname, body });
    const answer = answers[`${request.method} ${pathname}`];
    if (answer === undefined)
      return Response.json({ code: "not_found", detail: "nothing there" }, { status: 404 });
    const made = typeof answer === "function" ? answer(body) : answer;
    return made instanceof Response ? made : Response.json(made);
  };
});

afterEach(cleanup);

/** Where the page is now. */
export const place = { now: "" };

function Place() {
  const { pathname, search, hash } = useLocation();
  place.now = pathname + search + hash;
  return null;
}

/**
 * Draws a component as a page draws it, in front of a service with these answers; `context` is what its frame hands to
 * it, `route` the address with names, where the component reads some of them.
 */
export function show(
  element: ReactElement,
  service: Answers = {},
  at = "/",
  context?: unknown,
  route = at.replace(/[?#].*/, ""),
) {
  answers = service;
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  const own = {
    path: route,
    element: createElement(Outlet, { context }),
    children: [{ index: true, element: createElement(Fragment, null, element, createElement(Place)) }],
  };
  const router = createMemoryRouter([own, { path: "*", element: createElement(Place) }], {
    initialEntries: [at],
  });
  const drawn = render(
    <QueryClientProvider client={client}>
      <RouterProvider router={router} />
    </QueryClientProvider>,
  );
  return { ...drawn, client };
}
