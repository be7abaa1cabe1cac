import Button from "@mui/material/Button";
import CircularProgress from "@mui/material/CircularProgress";
import Slider from "@mui/material/Slider";
import Stack from "@mui/material/Stack";
import Typography from "@mui/material/Typography";
import { useEffect, useState } from "react";
import { useText } from "../../i18n/useText";
import { formatNumber } from "../../ui/format";
import { useStore } from "../../ui/store";
import type { Smart } from "../useSmart";
import type { Workbench } from "../workbench";

/** How sure the model has to be, and how large objects are; then keep what it found, or not. */
export function SmartBar({ bench, smart }: { bench: Workbench; smart: Smart }) {
  const t = useText();
  const { found } = smart;
  const proposal = useStore(bench.proposal);
  const [threshold, setThreshold] = useState(0.5);
  const [size, setSize] = useState(6);
  useEffect(() => {
    if (!found) return;
    setThreshold(found.threshold);
    setSize(Math.log2(found.diameterPx));
  }, [found]);
  if (smart.isBusy && !found) return <CircularProgress size={22} aria-label={t("editor.smartBusy")} />;
  if (!found) return null;
  const count = proposal?.kind === "smart" ? proposal.changes.length : 0;
  return (
    <Stack direction="row" useFlexGap sx={{ gap: 2, alignItems: "center", flexWrap: "wrap" }}>
      <Stack direction="row" spacing={1} sx={{ alignItems: "center", width: 200 }}>
        <Typography variant="body2" noWrap>
          {t("image.threshold")} {formatNumber(threshold, 2)}
        </Typography>
        <Slider
          size="small"
          aria-label={t("image.threshold")}
          value={threshold}
          min={0.02}
          max={0.98}
          step={0.01}
          onChange={(_event, value) => setThreshold(value as number)}
          onChangeCommitted={(_event, value) => smart.setThreshold(value as number)}
        />
      </Stack>
      <Stack direction="row" spacing={1} sx={{ alignItems: "center", width: 200 }}>
        <Typography variant="body2" noWrap>
          {t("editor.diameter")} {formatNumber(Math.round(2 ** size))} px
        </Typography>
        <Slider
          size="small"
          aria-label={t("editor.diameter")}
          value={size}
          min={2}
          max={12}
          step={0.1}
          onChange={(_event, value) => setSize(value as number)}
          onChangeCommitted={(_event, value) => smart.setDiameter(2 ** (value as number))}
        />
      </Stack>
      <Button size="small" variant="contained" disabled={count === 0} onClick={smart.keep}>
        {t("editor.keepFound", { count })}
      </Button>
      <Button size="small" onClick={smart.discard}>
        {t("editor.discard")}
      </Button>
      {smart.isBusy && <CircularProgress size={18} aria-label={t("editor.smartBusy")} />}
    </Stack>
  );
}
