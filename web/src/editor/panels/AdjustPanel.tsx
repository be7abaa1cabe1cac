import Button from "@mui/material/Button";
import Typography from "@mui/material/Typography";
import { useEffect, useState } from "react";
import { formatNumber } from "../../i18n/numbers";
import { useText } from "../../i18n/useText";
import { useStore } from "../../store/store";
import { LabelledSlider } from "../../ui/LabelledSlider";
import { type Adjustment, adjusted, RANGES } from "../adjust";
import type { EditorController } from "../controller";
import { Panel } from "./Panel";

/** A slider that smooths, simplifies, grows or snaps the chosen objects while they are looked at. */
export function AdjustPanel({
  controller,
  how,
  onClose,
}: {
  controller: EditorController;
  how: Adjustment;
  onClose: () => void;
}) {
  const t = useText();
  const range = RANGES[how];
  const [px, setPx] = useState(range.start);
  const selected = useStore(controller.selected);
  const proposal = useStore(controller.proposal);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another choice is another proposal
  useEffect(() => {
    controller.proposal.set({ kind: how, changes: adjusted(controller, how, px) });
    return () => controller.proposal.set(null);
  }, [controller, how, px, selected]);
  const count = proposal?.changes.length ?? 0;
  function keep() {
    if (proposal) controller.perform(how, proposal.changes);
    onClose();
  }
  return (
    <Panel title={t(`editor.panel_${how}`)} onClose={onClose}>
      <Typography variant="body2" color="textSecondary">
        {t(`editor.explain_${how}`)}
      </Typography>
      <LabelledSlider
        label={t(`editor.panel_${how}`)}
        value={px}
        valueText={`${formatNumber(px)} px`}
        min={range.min}
        max={range.max}
        step={range.step}
        onChange={setPx}
      />
      <Button fullWidth variant="contained" sx={{ mt: 1 }} disabled={count === 0} onClick={keep}>
        {t("editor.apply", { count })}
      </Button>
    </Panel>
  );
}
