import InputAdornment from "@mui/material/InputAdornment";
import TextField from "@mui/material/TextField";

interface Props {
  label: string;
  value: string;
  onChange: (value: string) => void;
  unit?: string;
  help?: string;
  min: number;
  step?: number | "any";
}

/** A number that may be left empty, with its unit behind it. */
export function NumberField({ label, value, onChange, unit, help, min, step = "any" }: Props) {
  return (
    <TextField
      type="number"
      label={label}
      helperText={help}
      value={value}
      onChange={(event) => onChange(event.target.value)}
      slotProps={{
        htmlInput: { min, step },
        input: unit ? { endAdornment: <InputAdornment position="end">{unit}</InputAdornment> } : undefined,
      }}
    />
  );
}
