import Box from "@mui/material/Box";
import Button from "@mui/material/Button";
import CircularProgress from "@mui/material/CircularProgress";
import { useEffect, useState } from "react";
import { formatNumber } from "../../i18n/numbers";
import { useText } from "../../i18n/useText";
import { useStore } from "../../store/store";
import { FloatingPaper } from "../../ui/FloatingPaper";
import { LabelledSlider } from "../../ui/LabelledSlider";
import { ThresholdSlider } from "../../viewer/ThresholdSlider";
import type { EditorController } from "../controller";
import type { Smart } from "../useSmart";

const PLACE = {
  bottom: 12,
  left: "50%",
  transform: "translateX(-50%)",
  maxWidth: "calc(100% - 24px)",
  width: "max-content",
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
      <FloatingPaper sx={PLACE}>
        <CircularProgress size={22} aria-label={t("editor.smartBusy")} />
      </FloatingPaper>
    ) : null;
  const count = proposal?.kind === "smart" ? proposal.changes.length : 0;
  return (
    <FloatingPaper sx={PLACE}>
      <Box sx={{ width: 160 }}>
        <ThresholdSlider value={threshold} onChange={setThreshold} onDone={smart.setThreshold} />
      </Box>
      <Box sx={{ width: 160 }}>
        <LabelledSlider
          label={t("editor.diameter")}
          value={size}
          valueText={`${formatNumber(Math.round(2 ** size))} px`}
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
    </FloatingPaper>
  );
}
