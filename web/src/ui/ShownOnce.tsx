import Alert from "@mui/material/Alert";
import Button from "@mui/material/Button";
import type { SxProps } from "@mui/material/styles";
import type { ReactNode } from "react";
import { useText } from "../i18n/useText";

interface Props {
  /** What the service tells this once: a token, a link. */
  secret: string;
  onCopy: (secret: string) => void;
  /** What it is. */
  children: ReactNode;
  sx?: SxProps;
}

/** A secret to be read and copied now; it is not told again. */
export function ShownOnce({ secret, onCopy, children, sx }: Props) {
  const t = useText();
  return (
    <Alert
      severity="success"
      sx={sx}
      action={<Button onClick={() => onCopy(secret)}>{t("app.copy")}</Button>}
    >
      {children}
      <br />
      <code style={{ overflowWrap: "anywhere" }}>{secret}</code>
    </Alert>
  );
}
