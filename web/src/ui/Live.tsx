import Chip from "@mui/material/Chip";
import Tooltip from "@mui/material/Tooltip";
import { useEffect } from "react";
import { connectionState } from "../events/state";
import { useText } from "../i18n/useText";
import { useStore } from "./store";

/** Holds the live connection while somebody is signed in, and says so when it is broken. */
export function Live() {
  const t = useText();
  const state = useStore(connectionState);
  useEffect(() => {
    let stop = () => {};
    let isGone = false;
    void import("../events/live").then(({ connect }) => {
      if (!isGone) stop = connect();
    });
    return () => {
      isGone = true;
      stop();
    };
  }, []);
  if (state !== "broken") return null;
  return (
    <Tooltip title={t("app.notLiveExplanation")}>
      <Chip size="small" color="warning" variant="outlined" label={t("app.notLive")} role="status" />
    </Tooltip>
  );
}
