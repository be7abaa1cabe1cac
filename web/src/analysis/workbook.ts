import { useMutation } from "@tanstack/react-query";
import { api, ok, type Schemas } from "../api/client";
import { saveAs } from "./csv";
import type { Unit } from "./units";
import type { Wanted } from "./wanted";

type Request = Schemas["TableRequest"];

/** Fetches a table as a file and hands it to the browser. */
export function useDownload(projectId: string, name: string) {
  return useMutation({
    mutationFn: async (
      wanted: Wanted & { format: Request["format"]; columns: readonly string[]; unit: Unit },
    ) => {
      const file = await ok(
        api.POST("/api/v1/projects/{project_id}/table", {
          params: { path: { project_id: projectId } },
          body: {
            descending: false,
            include_excluded: false,
            include_left_out: false,
            ...wanted,
            columns: [...wanted.columns],
          },
          parseAs: "blob",
        }),
      );
      saveAs(`${name}.${wanted.format}`, file as Blob);
    },
  });
}
