import { useQuery } from "@tanstack/react-query";
import { api, ok, type Schemas } from "../api/client";
import { keys } from "../api/keys";
import { definitionOf } from "./columns";
import type { ObjectRow, ProjectTable } from "./table";
import { factorOf, nameIn, statisticsIn } from "./units";

export const MOST_ROWS = 100_000;

/** All objects that a project shows, page after page. */
export function useProjectTable(projectId: string) {
  return useQuery({
    queryKey: keys.table(projectId),
    staleTime: 30_000,
    queryFn: async ({ signal }): Promise<ProjectTable> => {
      const columns: string[] = [];
      const rows: ObjectRow[] = [];
      let cursor: string | null = null;
      do {
        const page: Schemas["ObjectTable"] = await ok(
          api.GET("/api/v1/projects/{project_id}/objects", {
            signal,
            params: { path: { project_id: projectId }, query: { limit: 5000, cursor } },
          }),
        );
        for (const name of page.columns) if (!columns.includes(name)) columns.push(name);
        for (const values of page.rows) {
          const row: ObjectRow = { id: "" };
          for (const [i, name] of page.columns.entries()) row[name] = (values as unknown[])[i];
          row.id = `${row.result_id}/${row.number}`;
          rows.push(row);
        }
        cursor = page.next_cursor;
      } while (cursor && rows.length < MOST_ROWS);
      return { columns, rows, isComplete: cursor === null };
    },
  });
}

/** A measure by group over all objects, also those that no browser holds; in the unit of the measure's name. */
export function useStatistics(projectId: string, measure: string, groupBy: string, isWanted: boolean) {
  const stored = nameIn(measure, "um");
  return useQuery({
    queryKey: [...keys.table(projectId), "statistics", stored, groupBy],
    select: (answer: Schemas["Statistics"]) => statisticsIn(answer, factorOf(measure)),
    enabled: isWanted && measure !== "",
    staleTime: 30_000,
    queryFn: ({ signal }) =>
      ok(
        api.GET("/api/v1/projects/{project_id}/statistics", {
          signal,
          params: {
            path: { project_id: projectId },
            query: { columns: [stored], group_by: (groupBy || "none") as Schemas["Statistics"]["group_by"] },
          },
        }),
      ),
  });
}

const NO_MEASURES = new Set(["position", "identity"]);
const WORDS = new Set(["perimeter_method", "flags", "na_reasons"]);

/** The measures that the project's objects have, as the service stores them. */
export function useMeasureNames(projectId: string) {
  return useQuery({
    queryKey: [...keys.table(projectId), "measures"],
    staleTime: 30_000,
    select: (page: Schemas["ObjectTable"]) =>
      page.columns.filter((name) => {
        const definition = definitionOf(name);
        return definition !== undefined && !NO_MEASURES.has(definition.group) && !WORDS.has(name);
      }),
    queryFn: ({ signal }) =>
      ok(
        api.GET("/api/v1/projects/{project_id}/objects", {
          signal,
          params: { path: { project_id: projectId }, query: { limit: 1 } },
        }),
      ),
  });
}

const HALF_SECOND = 0.5;

/** The mean of a measure over a well's objects at a time, by well; null asks for nothing, or for all times. */
export function useWellMeans(
  projectId: string,
  measure: string | null,
  plate: string,
  time_h: number | null,
) {
  return useQuery({
    queryKey: [...keys.table(projectId), "wells", measure, plate, time_h],
    enabled: measure !== null,
    staleTime: 30_000,
    select: (answer: Schemas["Statistics"]) =>
      new Map(answer.groups.map((each) => [String(each.group), each.columns[0]?.mean ?? null])),
    queryFn: ({ signal }) =>
      ok(
        api.GET("/api/v1/projects/{project_id}/statistics", {
          signal,
          params: {
            path: { project_id: projectId },
            query: {
              columns: [measure ?? ""],
              group_by: "well",
              ...(plate ? { plate } : {}),
              ...(time_h === null
                ? {}
                : {
                    time_from_s: Math.max(0, time_h * 3600 - HALF_SECOND),
                    time_to_s: time_h * 3600 + HALF_SECOND,
                  }),
            },
          },
        }),
      ),
  });
}
