import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, ok, type Schemas } from "./client";
import { keys } from "./keys";

export type Layout = Schemas["LayoutOut"];
export type LayoutWell = Schemas["LayoutWell"];
export type Exclusion = Schemas["Exclusion"];
export type Analysis = Schemas["Analysis"];
export type DoseCurve = Schemas["DoseCurve"];
export type FilmFrame = Schemas["FilmFrame"];

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
  const table = analysis.tables[name];
  if (!table) return [];
  return table.rows.map((values) =>
    Object.fromEntries(table.columns.map((column, i) => [column, (values as Row[string][])[i] ?? null])),
  );
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
    mutationFn: ({ wells, exclusions, version }: Pick<Layout, "wells" | "exclusions" | "version">) =>
      ok(
        api.PUT("/api/v1/projects/{project_id}/layout", {
          params: { path: { project_id: projectId }, header: { "If-Match": `"${version}"` } },
          body: { wells, exclusions },
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

/** All conclusions; what is on the screen stays there until the next are in. */
export function useAnalysis(projectId: string, view: AnalysisView, isWanted = true) {
  return useQuery({
    enabled: isWanted,
    queryKey: [...keys.analysis(projectId), view],
    placeholderData: keepPreviousData,
    retry: false,
    queryFn: ({ signal }) =>
      ok(
        api.GET("/api/v1/projects/{project_id}/analysis", {
          signal,
          params: { path: { project_id: projectId }, query: view },
        }),
      ),
  });
}
