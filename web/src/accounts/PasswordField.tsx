import IconButton from "@mui/material/IconButton";
import InputAdornment from "@mui/material/InputAdornment";
import { useState } from "react";
import { useText } from "../i18n/useText";
import { Field, type FieldProps } from "../ui/Field";
import { EyeIcon, EyeOffIcon } from "../ui/icons";

type Props = Omit<FieldProps, "label"> & { isNew?: boolean; label?: string };

export function PasswordField({ isNew = false, label, ...props }: Props) {
  const t = useText();
  const [isShown, setShown] = useState(false);
  return (
    <Field
      required
      label={label ?? t("auth.password")}
      {...props}
      type={isShown ? "text" : "password"}
      autoComplete={isNew ? "new-password" : "current-password"}
      slotProps={{ input: { minLength: isNew ? 10 : undefined, maxLength: 256 } }}
      endAdornment={
        <InputAdornment position="end">
          <IconButton
            edge="end"
            size="small"
            aria-label={t("auth.showPassword")}
            title={t("auth.showPassword")}
            aria-pressed={isShown}
            onClick={() => setShown(!isShown)}
          >
            {isShown ? <EyeOffIcon /> : <EyeIcon />}
          </IconButton>
        </InputAdornment>
      }
    />
  );
}
