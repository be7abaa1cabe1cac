import Box from "@mui/material/Box";
import Button from "@mui/material/Button";
import Checkbox from "@mui/material/Checkbox";
import FormControlLabel from "@mui/material/FormControlLabel";
import MenuItem from "@mui/material/MenuItem";
import Stack from "@mui/material/Stack";
import TextField from "@mui/material/TextField";
import { useState } from "react";
import { EXCLUSION_PRESETS, type Exclusion } from "../api/exclusion";
import { type Project, useChangeProject } from "../api/projects";
import { text } from "../i18n";
import { flagName } from "../i18n/flags";
import { useText } from "../i18n/useText";
import { notify } from "../store/notifications";
import { NumberField } from "../ui/NumberField";
import { ProblemAlert } from "../ui/ProblemAlert";
import { Section } from "../ui/Section";

const NONE: Exclusion = { touches_border: false, flags: [] };
const FLAGS = ["out_of_focus", "low_contrast", "uncertain", "saturated", "debris"] as const;
const BOUNDS = [
  { name: "min_diameter_um", max: 1e6, unit: "µm" },
  { name: "max_diameter_um", max: 1e6, unit: "µm" },
  { name: "min_circularity", max: 1, unit: "" },
  { name: "min_confidence", max: 1, unit: "" },
] as const;
const PRESETS = Object.keys(EXCLUSION_PRESETS) as (keyof typeof EXCLUSION_PRESETS)[];

function isNothing(rules: Exclusion): boolean {
  return !rules.touches_border && rules.flags.length === 0 && BOUNDS.every(({ name }) => rules[name] == null);
}

/** Objects that are left out of tables, statistics and exports: kept, shown hatched, and back when the rules go. */
export function ExclusionRules({ project }: { project: Project }) {
  const t = useText();
  const change = useChangeProject(project);
  const canEdit = project.role !== "viewer";
  const [rules, setRules] = useState<Exclusion>(project.exclusion ?? NONE);
  const set = (part: Partial<Exclusion>) => setRules((now) => ({ ...now, ...part }));
  const toggle = (flag: string, isOn: boolean) =>
    set({ flags: isOn ? [...rules.flags, flag] : rules.flags.filter((each) => each !== flag) });
  return (
    <Section title={t("exclusion.title")} explanation={t("exclusion.explanation")}>
      <Stack
        component="form"
        spacing={2}
        onSubmit={(event) => {
          event.preventDefault();
          change.mutate(
            { exclusion: isNothing(rules) ? null : rules },
            { onSuccess: () => notify("success", text("app.saved")) },
          );
        }}
      >
        {change.isError && <ProblemAlert error={change.error} />}
        <TextField
          select
          disabled={!canEdit}
          label={t("exclusion.preset")}
          value=""
          onChange={(event) => {
            const preset = EXCLUSION_PRESETS[event.target.value as keyof typeof EXCLUSION_PRESETS];
            setRules({ ...preset, flags: [...preset.flags] });
          }}
          sx={{ maxWidth: 320 }}
        >
          {PRESETS.map((each) => (
            <MenuItem key={each} value={each}>
              {t(`exclusion.preset_${each}`)}
            </MenuItem>
          ))}
        </TextField>
        <Box sx={{ display: "flex", flexWrap: "wrap", columnGap: 2 }}>
          <FormControlLabel
            disabled={!canEdit}
            control={
              <Checkbox
                checked={rules.touches_border}
                onChange={(event) => set({ touches_border: event.target.checked })}
              />
            }
            label={flagName("touches_border")}
          />
          {FLAGS.map((flag) => (
            <FormControlLabel
              key={flag}
              disabled={!canEdit}
              control={
                <Checkbox
                  checked={rules.flags.includes(flag)}
                  onChange={(event) => toggle(flag, event.target.checked)}
                />
              }
              label={flagName(flag)}
            />
          ))}
        </Box>
        <Box sx={{ display: "grid", gap: 2, gridTemplateColumns: { xs: "1fr", sm: "1fr 1fr" } }}>
          {BOUNDS.map(({ name, max, unit }) => (
            <NumberField
              key={name}
              disabled={!canEdit}
              label={t(`exclusion.${name}`)}
              unit={unit}
              value={String(rules[name] ?? "")}
              onChange={(value) => set({ [name]: value === "" ? null : Number(value) })}
              min={0.001}
              max={max}
            />
          ))}
        </Box>
        {canEdit && (
          <Stack direction="row" spacing={1}>
            <Button type="submit" variant="contained" loading={change.isPending}>
              {t("app.save")}
            </Button>
            <Button disabled={isNothing(rules)} onClick={() => setRules(NONE)}>
              {t("exclusion.none")}
            </Button>
          </Stack>
        )}
      </Stack>
    </Section>
  );
}
