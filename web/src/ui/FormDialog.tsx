import Button from "@mui/material/Button";
import Dialog from "@mui/material/Dialog";
import DialogActions from "@mui/material/DialogActions";
import DialogContent from "@mui/material/DialogContent";
import DialogTitle from "@mui/material/DialogTitle";
import Stack from "@mui/material/Stack";
import { type ReactNode, useId } from "react";
import { useText } from "../i18n/useText";

interface Props {
  title: string;
  submit: string;
  isBusy: boolean;
  /** There is nothing to send yet. */
  isDisabled?: boolean;
  onSubmit: () => void;
  onClose: () => void;
  children: ReactNode;
}

/** A dialog around a small form: Enter sends it, Escape leaves it. */
export function FormDialog({
  title,
  submit,
  isBusy,
  isDisabled = false,
  onSubmit,
  onClose,
  children,
}: Props) {
  const t = useText();
  const id = useId();
  return (
    <Dialog open onClose={onClose} aria-labelledby={id} fullWidth maxWidth="sm">
      {/* as the dialog lays its parts out: the middle is scrolled, the buttons stay in view */}
      <form
        style={{ display: "flex", flexDirection: "column", minHeight: 0 }}
        onSubmit={(event) => {
          event.preventDefault();
          if (!isDisabled) onSubmit();
        }}
      >
        <DialogTitle id={id}>{title}</DialogTitle>
        <DialogContent>
          <Stack spacing={2} sx={{ pt: 1 }}>
            {children}
          </Stack>
        </DialogContent>
        <DialogActions>
          <Button onClick={onClose}>{t("app.cancel")}</Button>
          <Button type="submit" variant="contained" loading={isBusy} disabled={isDisabled}>
            {submit}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
