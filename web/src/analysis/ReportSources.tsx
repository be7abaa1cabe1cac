import Box from "@mui/material/Box";
import Typography from "@mui/material/Typography";
import { useQueries, useQuery } from "@tanstack/react-query";
import { api, ok } from "../api/client";
import { keys } from "../api/keys";
import { type Project, useAcquisition } from "../api/projects";
import { useRuns } from "../api/runs";
import { formatElapsed, formatNumber } from "../i18n/numbers";
import { useText } from "../i18n/useText";
import { pictureStyles } from "../images/pictureStyles";
import { Thumbnail } from "../images/Thumbnail";
import { choiceTexts } from "../runs/choices";
import { formatDate } from "../ui/format";

const PICTURES = 6;
const RUNS = 5;

/** What made the numbers: scale, runs with their model and choices, the version of the program. */
export function ReportSources({ project }: { project: Project }) {
  const t = useText();
  const runs = useRuns(project.id);
  const acquisition = useAcquisition(project.id);
  const live = useQuery({
    queryKey: ["version"],
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: ({ signal }) => ok(api.GET("/health/live", { signal })),
  });
  const own = (acquisition.data?.pixel_sizes_um ?? []).map((size) => `${formatNumber(size)} µm`);
  const others =
    acquisition.data && acquisition.data.n_unsized > 0
      ? [
          project.pixel_size_um === null
            ? t("results.inPixels")
            : t("results.ofProject", { size: `${formatNumber(project.pixel_size_um)} µm` }),
        ]
      : [];
  const items = runs.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <Box component="section" sx={{ fontSize: 14 }}>
      <div>
        {t("results.reportScale")}: {[...own, ...others].join(" · ") || "–"}
      </div>
      <div>
        {t("projects.region")}: {t(`projects.region_${project.region}`)}
      </div>
      {live.data && <div>{t("results.version", { version: live.data.version })}</div>}
      {items.length > 0 && (
        <Typography variant="h3" component="h3" sx={{ mt: 1.5, mb: 0.5 }}>
          {t("results.reportRuns")}
        </Typography>
      )}
      <Box component="ul" sx={{ m: 0, pl: 2.5 }}>
        {items.slice(0, RUNS).map((run) => (
          <li key={run.id}>
            {[
              formatDate(run.created_at),
              run.model_title || run.model_name,
              t("runs.progress", { done: run.n_done, count: run.n_items }),
              ...choiceTexts(run, t),
            ].join(" · ")}
          </li>
        ))}
      </Box>
    </Box>
  );
}

/** Some of the images with their outlines, so that a reader sees what was measured. */
export function ReportPictures({ imageIds }: { imageIds: readonly string[] }) {
  const t = useText();
  const images = useQueries({
    queries: imageIds.slice(0, PICTURES).map((id) => ({
      queryKey: keys.image(id),
      queryFn: () => ok(api.GET("/api/v1/images/{image_id}", { params: { path: { image_id: id } } })),
    })),
  });
  if (imageIds.length === 0) return null;
  return (
    <Box component="section" sx={{ breakInside: "avoid" }}>
      <Typography variant="h3" component="h3" sx={{ mb: 1 }}>
        {t("results.pictures")}
      </Typography>
      <Box
        sx={{ display: "grid", gap: 1.5, gridTemplateColumns: "repeat(3, minmax(0, 1fr))", ...pictureStyles }}
      >
        {images.map(({ data }) =>
          data ? (
            <Box key={data.id} component="figure" sx={{ m: 0, minWidth: 0 }}>
              <Thumbnail image={data} height={150} />
              <Box component="figcaption" sx={{ fontSize: 12, overflowWrap: "anywhere" }}>
                {[
                  data.name,
                  data.well,
                  data.time_s === null ? "" : formatElapsed(data.time_s),
                  t("images.nObjects", { count: data.n_objects }),
                ]
                  .filter(Boolean)
                  .join(" · ")}
              </Box>
            </Box>
          ) : null,
        )}
      </Box>
    </Box>
  );
}
