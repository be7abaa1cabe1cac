import Alert from "@mui/material/Alert";
import Button from "@mui/material/Button";
import Snackbar from "@mui/material/Snackbar";
import { Link } from "react-router";
import { useText } from "../i18n/useText";
import { popup } from "../store/notifications";
import { useStore } from "../store/store";

/** Shows the newest message for a while. */
export default function Popups() {
  const t = useText();
  const shown = useStore(popup);
  function close() {
    popup.set(null);
  }
  return (
    <Snackbar
      key={shown?.id}
      open={shown !== null}
      autoHideDuration={shown?.severity === "error" || shown?.action || shown?.href ? 12_000 : 5000}
      onClose={(_event, reason) => reason !== "clickaway" && close()}
      anchorOrigin={{ vertical: "bottom", horizontal: "left" }}
    >
      <Alert
        severity={shown?.severity ?? "info"}
        variant="standard"
        onClose={close}
        sx={{ border: 1, borderColor: "divider", maxWidth: 520 }}
        action={
          shown?.href ? (
            <Button size="small" color="inherit" component={Link} to={shown.href} onClick={close}>
              {t("notifications.show")}
            </Button>
          ) : (
            shown?.action && (
              <Button
                size="small"
                color="inherit"
                onClick={() => {
                  shown.action?.run();
                  close();
                }}
              >
                {shown.action.label}
              </Button>
            )
          )
        }
      >
        {shown?.message}
      </Alert>
    </Snackbar>
  );
}
