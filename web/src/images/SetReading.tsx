import Button from "@mui/material/Button";
import MenuItem from "@mui/material/MenuItem";
import Stack from "@mui/material/Stack";
import TextField from "@mui/material/TextField";
import { useState } from "react";
import { type Project, useChangeProject } from "../api/projects";
import type { UploadSet } from "../api/uploadSets";
import { useText } from "../i18n/useText";
import { ProblemAlert } from "../ui/ProblemAlert";

const AXES = ["channels", "z", "time"] as const;
const INTERVAL = /^\s*\d+([.,]\d+)?\s*(s|min|h|d)\s*$/;

/** What pages and times mean where the files do not say it; kept as the project's preference. */
export function SetReading({
  project,
  found,
  onChanged,
}: {
  project: Project;
  found: UploadSet["found"];
  onChanged: () => void;
}) {
  const t = useText();
  const change = useChangeProject(project);
  const stated = {
    axes: String(project.preferences.axes ?? ""),
    interval: String(project.preferences.interval ?? ""),
  };
  const [axes, setAxes] = useState(stated.axes);
  const [interval, setInterval] = useState(stated.interval);
  const asksInterval = found.asks_interval || axes === "time" || stated.interval !== "";
  if (!found.asks_axes && !stated.axes && !asksInterval) return null;
  const isWrong = interval.trim() !== "" && !INTERVAL.test(interval);
  const isSame = axes === stated.axes && interval.trim() === stated.interval;
  return (
    <Stack
      component="form"
      direction="row"
      useFlexGap
      sx={{ flexWrap: "wrap", gap: 1.5, alignItems: "flex-start" }}
      onSubmit={(event) => {
        event.preventDefault();
        const preferences = {
          ...project.preferences,
          axes: axes || null,
          interval: interval.trim().replace(",", ".") || null,
        };
        change.mutate({ preferences }, { onSuccess: onChanged });
      }}
    >
      {(found.asks_axes || stated.axes !== "") && (
        <TextField
          select
          size="small"
          label={t("upload.axes")}
          value={axes}
          onChange={(event) => setAxes(event.target.value)}
          sx={{ minWidth: 180 }}
        >
          <MenuItem value="">{t("upload.axesUnknown")}</MenuItem>
          {AXES.map((each) => (
            <MenuItem key={each} value={each}>
              {t(`upload.axes_${each}`)}
            </MenuItem>
          ))}
          {axes !== "" && !AXES.some((each) => each === axes) && <MenuItem value={axes}>{axes}</MenuItem>}
        </TextField>
      )}
      {asksInterval && (
        <TextField
          size="small"
          label={t("upload.interval")}
          placeholder="4h"
          value={interval}
          error={isWrong}
          helperText={t("upload.intervalHelp")}
          onChange={(event) => setInterval(event.target.value)}
        />
      )}
      <Button type="submit" variant="outlined" disabled={isSame || isWrong} loading={change.isPending}>
        {t("upload.readAgain")}
      </Button>
      {change.error && <ProblemAlert error={change.error} />}
    </Stack>
  );
}
