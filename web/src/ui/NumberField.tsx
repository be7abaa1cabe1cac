import InputAdornment from "@mui/material/InputAdornment";
import TextField, { type TextFieldProps } from "@mui/material/TextField";
import { useState } from "react";
import { inOwnSigns, readings, readNumber } from "../i18n/typedNumbers";
import { useText } from "../i18n/useText";

interface Props {
  label: string;
  /** As it is stored, with a point, whatever the language: "0.65"; nothing: "". */
  value: string;
  /** Told the same way; "" while what is typed is no number that fits. */
  onChange: (value: string) => void;
  unit?: string | undefined;
  help?: string | undefined;
  min?: number;
  max?: number;
  isWhole?: boolean;
  required?: boolean;
  disabled?: boolean;
  /** What the field is called aloud, where its label is only a unit. */
  spoken?: string;
  sx?: TextFieldProps["sx"];
}

/**
 * A number that may be left empty, with its unit behind it: shown as the language writes it, and read with a comma or a
 * point. A browser's own field of numbers writes as the browser's language does, not the page's.
 */
export function NumberField({ label, value, onChange, unit, help, spoken, sx, ...field }: Props) {
  const t = useText();
  const { min = -Infinity, max = Infinity, isWhole = false, required, disabled } = field;
  const [typed, setTyped] = useState<{ text: string; value: string } | null>(null);
  const [isLeft, setLeft] = useState(true);
  // what was typed stands as long as it says what is stored
  const shown = typed && typed.value === value ? typed.text : inOwnSigns(value);
  const problem = problemOf(shown);

  function problemOf(text: string): string {
    if (text.trim() === "") return "";
    const number = readNumber(text);
    if (number === "ambiguous") return t("error.ambiguousNumber", { text: text.trim(), ...readings(text) });
    if (number === "none") return t("error.notANumber");
    if (isWhole && !Number.isInteger(number)) return t("error.notWhole");
    if (number < min) return t("error.atLeast", { min: inOwnSigns(String(min)) });
    return number > max ? t("error.atMost", { max: inOwnSigns(String(max)) }) : "";
  }

  function type(text: string) {
    const next = text.trim() === "" || problemOf(text) ? "" : String(readNumber(text));
    setTyped({ text, value: next });
    setLeft(false);
    onChange(next);
  }

  return (
    <TextField
      label={label}
      required={required}
      disabled={disabled}
      error={isLeft && problem !== ""}
      helperText={isLeft && problem ? problem : help}
      value={shown}
      onChange={(event) => type(event.target.value)}
      onBlur={() => {
        setLeft(true);
        if (!problem) setTyped(null);
      }}
      // a form is not sent with it, and the browser says why
      inputRef={(element: HTMLInputElement | null) => element?.setCustomValidity(problem)}
      slotProps={{
        htmlInput: {
          inputMode: isWhole ? "numeric" : "decimal",
          autoComplete: "off",
          "aria-label": spoken,
        },
        input: unit ? { endAdornment: <InputAdornment position="end">{unit}</InputAdornment> } : undefined,
      }}
      sx={sx}
    />
  );
}
