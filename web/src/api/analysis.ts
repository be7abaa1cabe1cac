import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, ok, type Schemas } from "./client";
import { keys } from "./keys";
import type { paths } from "./schema";

export type Layout = Schemas["LayoutOut"];
export type LayoutWell = Schemas["LayoutWell"];
export type Exclusion = Schemas["Exclusion"];
export type Link = Schemas["Link"];
export type Analysis = Schemas["Analysis"];
export type DoseCurve = Schemas["DoseCurve"];
export type FilmFrame = Schemas["FilmFrame"];
type Query = NonNullable<paths["/api/v1/projects/{project_id}/analysis"]["get"]["parameters"]["query"]>;
export type Part = NonNullable<Query["part"]>[number];

export const RESPONSES = ["volume", "area", "diameter", "growth-rate"] as const;
export type Response = (typeof RESPONSES)[number];

export interface AnalysisView {
  response: Response;
  time_h?: number;
  /** as if nobody had left anything out */
  include_excluded?: true;
}

export type Row = Record<string, string | number | boolean | null>;

/** A table of the analysis as rows by column name; a table that is not there has none. */
export function rowsOf(analysis: Analysis, name: string): Row[] {
  return rowsIn(analysis.tables[name]);
}

/** A table's rows by column name. */
export function rowsIn(table: Schemas["AnalysisTable"] | undefined): Row[] {
  if (!table) return [];
  return table.rows.map((values) =>
    Object.fromEntries(table.columns.map((column, i) => [column, (values as Row[string][])[i] ?? null])),
  );
}

/** Whether any image of a project says which well it shows; without one there is no plate to conclude from. */
export function useHasWells(projectId: string) {
  return useQuery({
    queryKey: [...keys.images(projectId), "wells"],
    select: (page: Schemas["Page_ImageSummary_"]) => page.items.some((each) => each.well !== ""),
    queryFn: ({ signal }) =>
      ok(
        api.GET("/api/v1/projects/{project_id}/images", {
          signal,
          // those without one come first
          params: { path: { project_id: projectId }, query: { sort: "well", descending: true, limit: 1 } },
        }),
      ),
  });
}

export function useLayout(projectId: string) {
  return useQuery({
    queryKey: keys.layout(projectId),
    queryFn: ({ signal }) =>
      ok(
        api.GET("/api/v1/projects/{project_id}/layout", {
          signal,
          params: { path: { project_id: projectId } },
        }),
      ),
  });
}

export function useKeepLayout(projectId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({
      wells,
      exclusions,
      links,
      version,
    }: Pick<Layout, "wells" | "exclusions" | "version"> & { links?: Link[] }) =>
      ok(
        api.PUT("/api/v1/projects/{project_id}/layout", {
          params: { path: { project_id: projectId }, header: { "If-Match": `"${version}"` } },
          // without links those that were said before stay as they are
          body: { wells, exclusions, ...(links ? { links } : {}) },
        }),
      ),
    onSuccess: (layout) => client.setQueryData(keys.layout(projectId), layout),
    onSettled: () => client.invalidateQueries({ queryKey: keys.analysis(projectId) }),
  });
}

export function useReadLayout(projectId: string) {
  return useMutation({
    mutationFn: (body: Schemas["LayoutText"]) =>
      ok(
        api.POST("/api/v1/projects/{project_id}/layout/read", {
          params: { path: { project_id: projectId } },
          body,
        }),
      ),
  });
}

const SUMMING_MS = 1000;

/** The conclusions that a page shows; they stay on the screen until the next are in. */
export function useAnalysis(projectId: string, view: AnalysisView, part: Part[], isWanted = true) {
  return useQuery({
    enabled: isWanted,
    queryKey: [...keys.analysis(projectId), part, view],
    placeholderData: (before: Analysis | undefined, query) =>
      String(query?.queryKey[3]) === String(part) ? before : undefined,
    retry: false,
    refetchInterval: ({ state }) => (state.data && state.data.n_pending > 0 ? SUMMING_MS : false),
    queryFn: ({ signal }) =>
      ok(
        api.GET("/api/v1/projects/{project_id}/analysis", {
          signal,
          params: { path: { project_id: projectId }, query: { ...view, part, partial: true } },
        }),
      ),
  });
}

/** A well's frames over time. */
export function useFilm(projectId: string, view: AnalysisView, plate: string, well: string) {
  return useQuery({
    queryKey: [...keys.analysis(projectId), "film", plate, well, view],
    placeholderData: keepPreviousData,
    retry: false,
    queryFn: ({ signal }) =>
      ok(
        api.GET("/api/v1/projects/{project_id}/analysis/wells/{well}", {
          signal,
          params: { path: { project_id: projectId, well }, query: { ...view, plate } },
        }),
      ),
  });
}

/** Each object of a well over time, and which is which. */
export function useTracks(projectId: string, view: AnalysisView, plate: string, well: string) {
  return useQuery({
    queryKey: [...keys.analysis(projectId), "tracks", plate, well, view],
    placeholderData: keepPreviousData,
    retry: false,
    queryFn: ({ signal }) =>
      ok(
        api.GET("/api/v1/projects/{project_id}/analysis/wells/{well}/tracks", {
          signal,
          params: { path: { project_id: projectId, well }, query: { ...view, plate } },
        }),
      ),
  });
}

/** The frames whose outlines move an IC50 most, and whether looking at more can still change one. */
export function useReviewOrder(projectId: string, view: AnalysisView, limit: number) {
  return useQuery({
    queryKey: [...keys.analysis(projectId), "order", limit, view],
    placeholderData: keepPreviousData,
    retry: false,
    queryFn: ({ signal }) =>
      ok(
        api.GET("/api/v1/projects/{project_id}/analysis/review-order", {
          signal,
          params: { path: { project_id: projectId }, query: { ...view, limit } },
        }),
      ),
  });
}
