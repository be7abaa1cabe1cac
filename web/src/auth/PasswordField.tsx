import IconButton from "@mui/material/IconButton";
import InputAdornment from "@mui/material/InputAdornment";
import TextField, { type TextFieldProps } from "@mui/material/TextField";
import { useState } from "react";
import { useText } from "../i18n/useText";
import { EyeIcon, EyeOffIcon } from "../ui/icons";

type Props = TextFieldProps & { isNew?: boolean };

export function PasswordField({ isNew = false, ...props }: Props) {
  const t = useText();
  const [isShown, setShown] = useState(false);
  return (
    <TextField
      required
      label={t("auth.password")}
      {...props}
      type={isShown ? "text" : "password"}
      autoComplete={isNew ? "new-password" : "current-password"}
      slotProps={{
        htmlInput: { minLength: isNew ? 8 : undefined, maxLength: 256 },
        input: {
          endAdornment: (
            <InputAdornment position="end">
              <IconButton
                edge="end"
                size="small"
                aria-label={t("auth.showPassword")}
                aria-pressed={isShown}
                onClick={() => setShown(!isShown)}
              >
                {isShown ? <EyeOffIcon /> : <EyeIcon />}
              </IconButton>
            </InputAdornment>
          ),
        },
      }}
    />
  );
}
