import Box from "@mui/material/Box";
import Slider from "@mui/material/Slider";
import Stack from "@mui/material/Stack";
import Typography from "@mui/material/Typography";

interface Props {
  label: string;
  value: number;
  /** The value as a person reads it. */
  valueText: string;
  min: number;
  max: number;
  step: number;
  onChange: (value: number) => void;
  /** The hand has let go. */
  onDone?: (value: number) => void;
}

/** A slider with its name and value above it. */
export function LabelledSlider({ label, value, valueText, min, max, step, onChange, onDone }: Props) {
  return (
    <Box>
      <Stack direction="row" sx={{ justifyContent: "space-between" }}>
        <Typography variant="body2">{label}</Typography>
        <Typography variant="caption" color="textSecondary">
          {valueText}
        </Typography>
      </Stack>
      <Slider
        size="small"
        aria-label={label}
        value={value}
        min={min}
        max={max}
        step={step}
        onChange={(_event, next) => onChange(next as number)}
        onChangeCommitted={(_event, next) => onDone?.(next as number)}
      />
    </Box>
  );
}
