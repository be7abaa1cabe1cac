import Box from "@mui/material/Box";
import Button from "@mui/material/Button";
import Card from "@mui/material/Card";
import Checkbox from "@mui/material/Checkbox";
import Chip from "@mui/material/Chip";
import FormControlLabel from "@mui/material/FormControlLabel";
import LinearProgress from "@mui/material/LinearProgress";
import Stack from "@mui/material/Stack";
import Typography from "@mui/material/Typography";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useOutletContext } from "react-router";
import { api, ok, type Schemas } from "../api/client";
import { keys } from "../api/keys";
import type { ProjectContext } from "../api/projects";
import { spoken } from "../api/sentences";
import { useText } from "../i18n/useText";
import { EmptyState } from "../ui/EmptyState";
import { formatBytes, formatDate } from "../ui/format";
import { DownloadIcon } from "../ui/icons";
import { ProblemAlert } from "../ui/ProblemAlert";
import { Section } from "../ui/Section";

type Format = NonNullable<Schemas["ExportRequest"]["formats"]>[number];
const FORMATS: readonly Format[] = ["csv", "xlsx", "parquet", "masks", "coco", "yolo", "geojson", "imagej"];

export default function Exports() {
  const t = useText();
  const { project } = useOutletContext<ProjectContext>();
  const client = useQueryClient();
  const [formats, setFormats] = useState<readonly Format[]>(["xlsx", "masks"]);
  const [includeExcluded, setIncludeExcluded] = useState(false);
  const params = { path: { project_id: project.id } };
  const list = useQuery({
    queryKey: keys.exports(project.id),
    queryFn: ({ signal }) => ok(api.GET("/api/v1/projects/{project_id}/exports", { signal, params })),
    refetchInterval: (query) =>
      query.state.data?.some((each) => each.state === "queued" || each.state === "running") ? 3000 : false,
  });
  const order = useMutation({
    mutationFn: () =>
      ok(
        api.POST("/api/v1/projects/{project_id}/exports", {
          params,
          body: { formats: [...formats], image_ids: null, include_excluded: includeExcluded },
        }),
      ),
    onSettled: () => client.invalidateQueries({ queryKey: keys.exports(project.id) }),
  });
  return (
    <Box
      sx={{
        display: "grid",
        gap: 3,
        alignItems: "start",
        gridTemplateColumns: { lg: "minmax(0, 1fr) minmax(0, 1fr)" },
        maxWidth: 1400,
      }}
    >
      <Section title={t("exports.new")} explanation={t("exports.explanation")}>
        <Stack
          sx={{ display: "grid", gridTemplateColumns: { sm: "1fr 1fr" } }}
          role="group"
          aria-label={t("exports.formats")}
        >
          {FORMATS.map((format) => (
            <FormControlLabel
              key={format}
              control={
                <Checkbox
                  checked={formats.includes(format)}
                  onChange={(event) =>
                    setFormats((now) =>
                      event.target.checked ? [...now, format] : now.filter((each) => each !== format),
                    )
                  }
                />
              }
              label={t(`exports.format_${format}`)}
            />
          ))}
        </Stack>
        <FormControlLabel
          sx={{ display: "flex", mt: 1 }}
          control={
            <Checkbox
              checked={includeExcluded}
              onChange={(event) => setIncludeExcluded(event.target.checked)}
            />
          }
          label={t("exports.includeExcluded")}
        />
        <form
          onSubmit={(event) => {
            event.preventDefault();
            order.mutate();
          }}
        >
          <Button
            type="submit"
            variant="contained"
            sx={{ mt: 2 }}
            disabled={formats.length === 0}
            loading={order.isPending}
          >
            {t("exports.order")}
          </Button>
        </form>
      </Section>
      {list.isError && <ProblemAlert error={list.error} onRetry={() => list.refetch()} />}
      {list.data?.length === 0 && (
        <EmptyState icon={<DownloadIcon />} title={t("exports.none")}>
          {t("exports.noneHelp")}
        </EmptyState>
      )}
      <Stack component="ul" spacing={1.5} sx={{ m: 0, p: 0, listStyle: "none" }}>
        {list.data?.map((each) => (
          <Card component="li" key={each.id} sx={{ p: 2 }}>
            <Stack direction="row" useFlexGap sx={{ gap: 1, alignItems: "center", flexWrap: "wrap" }}>
              <Typography variant="body2" sx={{ mr: "auto" }}>
                {formatDate(each.created_at)}
              </Typography>
              {each.formats.map((format) => (
                <Chip key={format} size="small" label={t(`exports.format_${format as Format}`)} />
              ))}
              {each.state === "done" ? (
                <Button
                  variant="outlined"
                  size="small"
                  startIcon={<DownloadIcon />}
                  href={`/api/v1/exports/${each.id}/file`}
                  download
                >
                  {t("exports.download", { size: formatBytes(each.size_bytes ?? 0) })}
                </Button>
              ) : (
                <Chip
                  size="small"
                  color={each.state === "failed" ? "error" : "info"}
                  variant="outlined"
                  label={t(`runs.state_${each.state}`)}
                />
              )}
            </Stack>
            {(each.state === "queued" || each.state === "running") && (
              <LinearProgress sx={{ mt: 1 }} aria-label={t("exports.title")} />
            )}
            {each.error_reason && (
              <Typography variant="body2" color="error" sx={{ mt: 1 }}>
                {spoken(each.error_reason)}
              </Typography>
            )}
          </Card>
        ))}
      </Stack>
    </Box>
  );
}
