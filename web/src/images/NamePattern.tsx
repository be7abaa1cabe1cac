import Box from "@mui/material/Box";
import Button from "@mui/material/Button";
import Stack from "@mui/material/Stack";
import TextField from "@mui/material/TextField";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, ok } from "../api/client";
import { keys } from "../api/keys";
import type { Project } from "../api/projects";
import { text } from "../i18n";
import { formatNumber } from "../i18n/numbers";
import { useText } from "../i18n/useText";
import { notify } from "../store/notifications";
import { ProblemAlert } from "../ui/ProblemAlert";
import { Section } from "../ui/Section";

/** How wells and times stand in file names: try a pattern on the project's own names, then use it. */
export function NamePattern({ project }: { project: Project }) {
  const t = useText();
  const client = useQueryClient();
  const [pattern, setPattern] = useState(project.filename_pattern ?? "");
  const params = { path: { project_id: project.id } };
  const body = { pattern: pattern || null };
  const preview = useMutation({
    meta: { isQuiet: true },
    mutationFn: () => ok(api.POST("/api/v1/projects/{project_id}/names/preview", { params, body })),
  });
  const use = useMutation({
    mutationFn: () => ok(api.POST("/api/v1/projects/{project_id}/names", { params, body })),
    onSuccess: ({ n_images }) => {
      notify("success", text("names.applied", { count: n_images }));
      return client.invalidateQueries({ queryKey: keys.project(project.id) });
    },
  });
  return (
    <Section title={t("names.title")} explanation={t("names.explanation")}>
      <Stack spacing={2}>
        <TextField
          label={t("names.pattern")}
          placeholder="{plate}_{well}_s{field}_t{time}h*"
          helperText={t("names.patternHelp")}
          value={pattern}
          onChange={(event) => setPattern(event.target.value)}
          slotProps={{ inputLabel: { shrink: true }, htmlInput: { spellCheck: false, maxLength: 500 } }}
        />
        <Stack direction="row" spacing={1}>
          <Button variant="outlined" onClick={() => preview.mutate()} loading={preview.isPending}>
            {t("names.try")}
          </Button>
          {project.role !== "viewer" && (
            <Button variant="contained" onClick={() => use.mutate()} loading={use.isPending}>
              {t("names.use")}
            </Button>
          )}
        </Stack>
        {preview.isError && <ProblemAlert error={preview.error} />}
        {preview.data && (
          <Box
            sx={{ overflowX: "auto", maxHeight: 280 }}
            tabIndex={0}
            role="region"
            aria-label={t("names.title")}
          >
            <Box
              component="table"
              sx={{
                borderCollapse: "collapse",
                fontSize: 13,
                "& th, & td": { textAlign: "left", pr: 2, py: 0.5 },
              }}
            >
              <thead>
                <tr>
                  <th scope="col">{t("info.name")}</th>
                  <th scope="col">{t("info.plate")}</th>
                  <th scope="col">{t("images.well")}</th>
                  <th scope="col">{t("results.column_field")}</th>
                  <th scope="col">{t("results.column_time_s")}</th>
                </tr>
              </thead>
              <tbody>
                {preview.data.map((each) => (
                  <tr key={each.name}>
                    <td>{each.name}</td>
                    <td>{each.plate}</td>
                    <td>{each.well}</td>
                    <td>{each.field}</td>
                    <td>{each.time_s === null ? "" : formatNumber(each.time_s)}</td>
                  </tr>
                ))}
              </tbody>
            </Box>
          </Box>
        )}
      </Stack>
    </Section>
  );
}
