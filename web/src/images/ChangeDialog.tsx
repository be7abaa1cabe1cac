import TextField from "@mui/material/TextField";
import Typography from "@mui/material/Typography";
import { useState } from "react";
import { type SharedChange, useChangeImages } from "../api/changes";
import type { TextKey } from "../i18n";
import { useText } from "../i18n/useText";
import { notify } from "../store/notifications";
import { FormDialog } from "../ui/FormDialog";
import { NumberField } from "../ui/NumberField";
import { ProblemAlert } from "../ui/ProblemAlert";

const FIELDS = ["plate", "well", "time", "timeStep", "pixelSize", "channelNames"] as const;
type Field = (typeof FIELDS)[number];

interface About {
  label: TextKey;
  html?: Record<string, string | number>;
  /** Of numbers. */
  number?: { unit: string; min: number; max?: number };
}
const ABOUT: Record<Field, About> = {
  plate: { label: "info.plate", html: { maxLength: 100 } },
  well: { label: "images.well", html: { pattern: "[A-Za-z]{1,2}[0-9]{1,2}" } },
  time: { label: "images.timeOfImage", number: { unit: "h", min: 0 } },
  timeStep: { label: "images.timeStep", number: { unit: "min", min: 0.001 } },
  pixelSize: { label: "projects.pixelSize", number: { unit: "µm", min: 0.0001, max: 10_000 } },
  channelNames: { label: "images.channelNames", html: { maxLength: 1000 } },
};
const SECONDS_AN_HOUR = 3600;
const SECONDS_A_MINUTE = 60;

/** What the filled fields say; those left empty stay as they are. */
function changeOf(values: Partial<Record<Field, string>>): SharedChange {
  const given = (field: Field) => values[field]?.trim() || undefined;
  const number = (field: Field, factor: number) => {
    const value = given(field);
    return value === undefined ? undefined : Number(value) * factor;
  };
  const size = number("pixelSize", 1);
  const names = given("channelNames")
    ?.split(",")
    .map((name) => name.trim());
  const change = {
    plate: given("plate"),
    well: given("well"),
    time_s: number("time", SECONDS_AN_HOUR),
    time_step_s: number("timeStep", SECONDS_A_MINUTE),
    pixel_size_x_um: size,
    pixel_size_y_um: size,
    channel_names: names,
  };
  return Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
}

interface Props {
  projectId: string;
  imageIds: readonly string[];
  onClose: () => void;
}

/** Corrects the same about all chosen images. */
export default function ChangeDialog({ projectId, imageIds, onClose }: Props) {
  const t = useText();
  const change = useChangeImages(projectId);
  const [values, setValues] = useState<Partial<Record<Field, string>>>({});
  const wanted = changeOf(values);
  return (
    <FormDialog
      title={t("images.changeMany", { count: imageIds.length })}
      submit={t("app.save")}
      isBusy={change.isPending}
      onClose={onClose}
      onSubmit={() => {
        if (Object.keys(wanted).length === 0) return onClose();
        change.mutate(
          { imageIds, change: wanted },
          {
            onSuccess: (count) => {
              notify("success", t("images.changed", { count }));
              onClose();
            },
          },
        );
      }}
    >
      {change.isError && <ProblemAlert error={change.error} />}
      <Typography variant="body2">{t("images.changeHelp")}</Typography>
      {FIELDS.map((field) => {
        const { label, html, number } = ABOUT[field];
        const value = values[field] ?? "";
        const set = (next: string) => setValues((now) => ({ ...now, [field]: next }));
        return number ? (
          <NumberField key={field} label={t(label)} value={value} onChange={set} {...number} />
        ) : (
          <TextField
            key={field}
            label={t(label)}
            helperText={field === "channelNames" ? t("images.channelNamesHelp") : undefined}
            value={value}
            onChange={(event) => set(event.target.value)}
            slotProps={{ htmlInput: html }}
          />
        );
      })}
    </FormDialog>
  );
}
