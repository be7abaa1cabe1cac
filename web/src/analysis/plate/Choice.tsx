import TextField from "@mui/material/TextField";

interface Props {
  label: string;
  value: string;
  options: readonly (readonly [value: string, words: string])[];
  onChange: (value: string) => void;
}

/** One of a few, as the browser's own list: quick by keyboard and on a phone. */
export function Choice({ label, value, options, onChange }: Props) {
  return (
    <TextField
      select
      fullWidth={false}
      label={label}
      value={value}
      onChange={(event) => onChange(event.target.value)}
      slotProps={{ select: { native: true }, inputLabel: { shrink: true } }}
      sx={{ minWidth: 150, maxWidth: 320 }}
    >
      {options.map(([each, words]) => (
        <option key={each} value={each}>
          {words}
        </option>
      ))}
    </TextField>
  );
}
