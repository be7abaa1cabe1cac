import Box from "@mui/material/Box";
import { useQuery } from "@tanstack/react-query";
import { api, ok } from "../api/client";
import { keys } from "../api/keys";

const SHOWN = 3;

/** The first images of a project, so that it is recognised before its name is read. */
export default function Cover({ projectId }: { projectId: string }) {
  const images = useQuery({
    queryKey: [...keys.summary(projectId), "cover"],
    staleTime: 60_000,
    meta: { isQuiet: true },
    queryFn: ({ signal }) =>
      ok(
        api.GET("/api/v1/projects/{project_id}/images", {
          signal,
          params: { path: { project_id: projectId }, query: { limit: SHOWN, state: "ready" } },
        }),
      ),
  });
  return images.data?.items.map((each) => (
    <Box
      key={each.id}
      component="img"
      src={`/api/v1/images/${each.id}/thumbnail`}
      alt=""
      loading="lazy"
      decoding="async"
      sx={{ flex: 1, minWidth: 0, height: "100%", objectFit: "cover" }}
    />
  ));
}
