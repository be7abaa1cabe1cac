import Checkbox from "@mui/material/Checkbox";
import FormControlLabel from "@mui/material/FormControlLabel";
import Stack from "@mui/material/Stack";
import { useText } from "../i18n/useText";
import { ChoiceField } from "../ui/ChoiceField";
import { NumberField } from "../ui/NumberField";
import { type Choices, PRESETS, rulesOf, SPLITS } from "./choices";

interface Props {
  choices: Choices;
  onChange: (part: Partial<Choices>) => void;
}

/** Which of the found objects count: a preset fills the fields in, and each field can be changed. */
export function ObjectRulesFields({ choices, onChange }: Props) {
  const t = useText();
  const own = (part: Partial<Choices>) => onChange({ preset: "own", ...part });
  const unit = choices.unit === "um" ? "µm" : "px";
  return (
    <>
      <ChoiceField
        label={t("runs.which")}
        value={choices.preset}
        options={[...PRESETS, "own" as const].map((value) => ({ value, label: t(`runs.preset_${value}`) }))}
        onChange={(preset) =>
          onChange(preset === "own" ? { preset } : { preset, ...rulesOf(preset), smallest: "" })
        }
      />
      <ChoiceField
        label={t("runs.split")}
        value={choices.split}
        options={SPLITS.map((value) => ({ value, label: t(`runs.split_${value}`) }))}
        onChange={(split) => own({ split })}
      />
      <Stack direction={{ xs: "column", sm: "row" }} spacing={2}>
        <NumberField
          label={t("runs.smallest")}
          help={t("runs.smallestHelp")}
          value={choices.smallest}
          onChange={(smallest) => own({ smallest })}
          unit={unit}
          min={0.1}
        />
        <NumberField
          label={t("runs.keepLargest")}
          help={t("runs.keepLargestHelp")}
          value={choices.keepLargest}
          onChange={(keepLargest) => own({ keepLargest })}
          isWhole
          min={1}
        />
      </Stack>
      <Stack>
        <FormControlLabel
          control={
            <Checkbox
              checked={choices.leaveOutBorder}
              onChange={(event) => own({ leaveOutBorder: event.target.checked })}
            />
          }
          label={t("runs.leaveOutBorder")}
        />
        <FormControlLabel
          control={
            <Checkbox
              checked={choices.inFocusOnly}
              onChange={(event) => own({ inFocusOnly: event.target.checked })}
            />
          }
          label={t("runs.inFocusOnly")}
        />
      </Stack>
    </>
  );
}
