import Chip from "@mui/material/Chip";
import MenuItem from "@mui/material/MenuItem";
import Stack from "@mui/material/Stack";
import TextField from "@mui/material/TextField";
import { flagName } from "../i18n/flags";
import { useText } from "../i18n/useText";
import { NumberField } from "../ui/NumberField";
import type { ImageFilter } from "./filter";

const FLAGS = [
  "touches_border",
  "uncertain",
  "low_contrast",
  "out_of_focus",
  "saturated",
  "debris",
  "empty",
  "no_contrast",
  "several_objects",
  "scale_uncertain",
  "unfamiliar",
  "missing_values",
] as const;
const REVIEWS = ["unreviewed", "accepted", "excluded"] as const;

interface Props {
  filter: ImageFilter;
  onChange: (part: Partial<ImageFilter>) => void;
}

/** The filters that are not asked for every day. */
export function MoreFilters({ filter, onChange }: Props) {
  const t = useText();
  return (
    <Stack
      direction="row"
      useFlexGap
      role="group"
      aria-label={t("images.filters")}
      sx={{ gap: 1, mb: 1.5, flexWrap: "wrap", alignItems: "center" }}
    >
      <TextField
        label={t("images.well")}
        value={filter.well}
        onChange={(event) => onChange({ well: event.target.value.trim() })}
        sx={{ width: 90 }}
      />
      <Chip
        label={t("images.edited")}
        variant={filter.edited ? "filled" : "outlined"}
        color={filter.edited ? "primary" : "default"}
        aria-pressed={filter.edited}
        onClick={() => onChange({ edited: !filter.edited })}
      />
      <TextField
        select
        label={t("images.flag")}
        value={filter.flag}
        onChange={(event) => onChange({ flag: event.target.value })}
        sx={{ width: 180 }}
      >
        <MenuItem value="">{t("images.anyStatus")}</MenuItem>
        {FLAGS.map((flag) => (
          <MenuItem key={flag} value={flag}>
            {flagName(flag)}
          </MenuItem>
        ))}
      </TextField>
      <TextField
        select
        label={t("images.review")}
        value={filter.review}
        onChange={(event) => onChange({ review: event.target.value as ImageFilter["review"] })}
        sx={{ width: 150 }}
      >
        <MenuItem value="">{t("images.anyStatus")}</MenuItem>
        {REVIEWS.map((each) => (
          <MenuItem key={each} value={each}>
            {t(`review.state_${each}`)}
          </MenuItem>
        ))}
      </TextField>
      {(["plate", "channel"] as const).map((name) => (
        <TextField
          key={name}
          label={t(`images.${name}`)}
          value={filter[name]}
          onChange={(event) => onChange({ [name]: event.target.value })}
          sx={{ width: 120 }}
        />
      ))}
      {(["from", "to"] as const).map((name) => (
        <NumberField
          key={name}
          label={t(name === "from" ? "images.timeFrom" : "images.timeTo")}
          value={filter[name]}
          onChange={(hours) => onChange({ [name]: hours })}
          min={0}
          sx={{ width: 110 }}
        />
      ))}
    </Stack>
  );
}
