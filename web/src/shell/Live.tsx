import Box from "@mui/material/Box";
import { useEffect } from "react";
import { connectionState } from "../events/state";
import { whileLive } from "../events/whileLive";
import { useText } from "../i18n/useText";
import { useStore } from "../store/store";

/** Holds the live connection while somebody is signed in, and says so when it is broken. */
export function Live() {
  const t = useText();
  const state = useStore(connectionState);
  useEffect(() => {
    let stop = () => {};
    // what is on the screen was just read: it can wait until the page stands
    const timer = window.setTimeout(() => {
      stop = whileLive(({ connect }) => connect());
    }, 1500);
    return () => {
      window.clearTimeout(timer);
      stop();
    };
  }, []);
  if (state !== "broken") return null;
  return (
    <Box
      component="span"
      role="status"
      title={t("app.notLiveExplanation")}
      sx={{
        border: 1,
        borderColor: "warning.main",
        color: "warning.main",
        borderRadius: 4,
        px: 1,
        fontSize: 13,
      }}
    >
      {t("app.notLive")}
    </Box>
  );
}
