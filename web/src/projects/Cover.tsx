import Box from "@mui/material/Box";
import { useQuery } from "@tanstack/react-query";
import { api, ok } from "../api/client";
import { keys } from "../api/keys";
import { pictureStyles } from "../images/pictureStyles";
import { Thumbnail } from "../images/Thumbnail";

const SHOWN = 3;
const COVER_HEIGHT = 96;

/** The first images of a project with their outlines, so that it is recognised before its name is read. */
export default function Cover({ projectId }: { projectId: string }) {
  const images = useQuery({
    queryKey: [...keys.images(projectId), "cover"],
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
    <Box key={each.id} sx={{ flex: 1, minWidth: 0, ...pictureStyles }}>
      <Thumbnail image={each} height={COVER_HEIGHT} isFilling />
    </Box>
  ));
}
