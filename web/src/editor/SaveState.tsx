import Button from "@mui/material/Button";
import Typography from "@mui/material/Typography";
import { useText } from "../i18n/useText";
import type { EditorSession } from "./session/session";
import type { Saving } from "./session/state";

const COLOURS: Record<Saving["state"], string> = {
  saved: "success.main",
  saving: "text.secondary",
  offline: "warning.main",
  stopped: "error.main",
};

/** Whether all is saved; what waits, and why. */
export function SaveState({ session, saving }: { session: EditorSession; saving: Saving }) {
  const t = useText();
  const waits = saving.state === "offline" || saving.state === "stopped";
  return (
    <Typography
      role="status"
      variant="body2"
      data-saving={saving.state}
      sx={{ color: COLOURS[saving.state], fontWeight: 600, whiteSpace: waits ? "normal" : "nowrap" }}
    >
      {waits
        ? t(`editor.saving_${saving.state}`, { count: saving.waiting })
        : t(`editor.saving_${saving.state}`)}
      {saving.state === "stopped" && ` ${saving.message}`}
      {waits && (
        <Button size="small" color="inherit" onClick={() => session.again()} sx={{ ml: 1 }}>
          {t("editor.retry")}
        </Button>
      )}
    </Typography>
  );
}
