import MenuItem from "@mui/material/MenuItem";
import TextField, { type TextFieldProps } from "@mui/material/TextField";

interface Props<T extends string> {
  label: string;
  value: T;
  options: readonly { value: T; label: string }[];
  onChange: (value: T) => void;
  help?: string;
  disabled?: boolean;
  sx?: TextFieldProps["sx"];
}

/** One of a few. */
export function ChoiceField<T extends string>({
  label,
  value,
  options,
  onChange,
  help,
  disabled,
  sx,
}: Props<T>) {
  return (
    <TextField
      select
      label={label}
      disabled={disabled}
      value={value}
      helperText={help}
      onChange={(event) => onChange(event.target.value as T)}
      slotProps={{ select: { displayEmpty: true }, inputLabel: { shrink: true } }}
      sx={sx}
    >
      {options.map((each) => (
        <MenuItem key={each.value} value={each.value}>
          {each.label}
        </MenuItem>
      ))}
    </TextField>
  );
}
