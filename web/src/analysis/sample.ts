import { useQuery } from "@tanstack/react-query";
import { api, ok, type Schemas } from "../api/client";
import { keys } from "../api/keys";
import { type Group, groupsOf } from "./statistics";
import type { ObjectRow } from "./table";
import { factorOf, nameIn } from "./units";

/** Points of all objects of a project, of which a browser holds only a part. */
export interface Sample {
  groups: Group<ObjectRow>[];
  /** Objects that the points stand for. */
  count: number;
}

interface Wanted {
  x: string;
  y: string;
  groupBy: string;
}

/** Two measures of all objects against each other: the service draws a fair sample where they are too many. */
export function useSample(projectId: string, wanted: Wanted, isWanted: boolean, all: string) {
  const { x, y, groupBy } = wanted;
  const stored = { x: nameIn(x, "um"), y: nameIn(y, "um") };
  return useQuery({
    queryKey: [...keys.table(projectId), "sample", stored, groupBy],
    select: (answer: Schemas["Scatter"]) => sampleOf(answer, wanted, all),
    enabled: isWanted && x !== "" && y !== "",
    staleTime: 30_000,
    queryFn: ({ signal }) =>
      ok(
        api.GET("/api/v1/projects/{project_id}/scatter", {
          signal,
          params: {
            path: { project_id: projectId },
            query: { ...stored, group_by: (groupBy || "none") as Schemas["Statistics"]["group_by"] },
          },
        }),
      ),
  });
}

export function sampleOf(answer: Schemas["Scatter"], { x, y, groupBy }: Wanted, all: string): Sample {
  const rows = answer.points.map(
    (point): ObjectRow => ({
      id: `${point.result_id}/${point.number}`,
      image_id: point.image_id,
      frame: point.frame,
      number: point.number,
      [groupBy || "group"]: point.group,
      [x]: point.x * factorOf(x),
      [y]: point.y * factorOf(y),
    }),
  );
  return { groups: groupsOf(rows, groupBy, all), count: answer.n_objects };
}
