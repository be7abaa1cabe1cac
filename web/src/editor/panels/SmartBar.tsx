import Box from "@mui/material/Box";
import Button from "@mui/material/Button";
import CircularProgress from "@mui/material/CircularProgress";
import Paper from "@mui/material/Paper";
import Stack from "@mui/material/Stack";
import { useEffect, useState } from "react";
import { useText } from "../../i18n/useText";
import { useStore } from "../../store/store";
import { formatNumber } from "../../ui/format";
import { LabelledSlider } from "../../ui/LabelledSlider";
import type { EditorController } from "../controller";
import type { Smart } from "../useSmart";

/** Over the picture: beside it, it would push the picture away from under the pointer. */
const PLACE = {
  position: "absolute",
  bottom: 12,
  left: "50%",
  transform: "translateX(-50%)",
  maxWidth: "calc(100% - 24px)",
  width: "max-content",
  zIndex: 2,
  px: 2,
  py: 1,
  display: "flex",
  gap: 2,
  alignItems: "center",
  flexWrap: "wrap",
} as const;

/** How sure the model has to be, and how large objects are; then keep what it found, or not. */
export function SmartBar({ controller, smart }: { controller: EditorController; smart: Smart }) {
  const t = useText();
  const { found } = smart;
  const proposal = useStore(controller.proposal);
  const [threshold, setThreshold] = useState(0.5);
  const [size, setSize] = useState(6);
  useEffect(() => {
    if (!found) return;
    setThreshold(found.threshold);
    setSize(Math.log2(found.diameterPx));
  }, [found]);
  if (!found)
    return smart.isBusy ? (
      <Paper sx={PLACE}>
        <CircularProgress size={22} aria-label={t("editor.smartBusy")} />
      </Paper>
    ) : null;
  const count = proposal?.kind === "smart" ? proposal.changes.length : 0;
  return (
    <Paper component={Stack} direction="row" useFlexGap elevation={4} sx={PLACE}>
      <Box sx={{ width: 160 }}>
        <LabelledSlider
          label={t("image.threshold")}
          value={threshold}
          shown={formatNumber(threshold, 2)}
          min={0.02}
          max={0.98}
          step={0.01}
          onChange={setThreshold}
          onDone={smart.setThreshold}
        />
      </Box>
      <Box sx={{ width: 160 }}>
        <LabelledSlider
          label={t("editor.diameter")}
          value={size}
          shown={`${formatNumber(Math.round(2 ** size))} px`}
          min={2}
          max={12}
          step={0.1}
          onChange={setSize}
          onDone={(next) => smart.setDiameter(2 ** next)}
        />
      </Box>
      <Button size="small" variant="contained" disabled={count === 0} onClick={smart.keep}>
        {t("editor.keepFound", { count })}
      </Button>
      <Button size="small" onClick={smart.discard}>
        {t("editor.discard")}
      </Button>
      {smart.isBusy && <CircularProgress size={18} aria-label={t("editor.smartBusy")} />}
    </Paper>
  );
}
