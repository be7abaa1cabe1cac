import Alert from "@mui/material/Alert";
import Button from "@mui/material/Button";
import { messageOf } from "../api/messages";
import { useText } from "../i18n/useText";

/** Says what went wrong in the place where it matters, with a way to try again. */
export function ProblemAlert({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const t = useText();
  return (
    <Alert
      severity="error"
      sx={{ mb: 2 }}
      action={
        onRetry && (
          <Button color="inherit" size="small" onClick={onRetry}>
            {t("error.again")}
          </Button>
        )
      }
    >
      {messageOf(error)}
    </Alert>
  );
}
