import Button from "@mui/material/Button";
import IconButton from "@mui/material/IconButton";
import MenuItem from "@mui/material/MenuItem";
import Stack from "@mui/material/Stack";
import TextField from "@mui/material/TextField";
import Typography from "@mui/material/Typography";
import { useEffect, useMemo, useState } from "react";
import type { Measuring } from "../../geometry/measures";
import { useText } from "../../i18n/useText";
import { AddIcon, CloseIcon } from "../../ui/icons";
import { NumberField } from "../../ui/NumberField";
import type { EditorController } from "../controller";
import type { EditorDocument } from "../document";
import { type Condition, FILTER_BY, type FilterBy, matching } from "../filter";
import type { Facts } from "../session/facts";
import { removed } from "../tools/gather";
import { Panel } from "./Panel";

interface Props {
  controller: EditorController;
  document: EditorDocument;
  facts: ReadonlyMap<number, Facts>;
  measuring: Measuring;
  onClose: () => void;
}

/** "area < x and circularity < y": what matches is chosen while one types, and deleted when one says so. */
export function FilterPanel({ controller, document, facts, measuring, onClose }: Props) {
  const t = useText();
  const [conditions, setConditions] = useState<readonly Condition[]>([
    { by: "area", isBelow: true, value: "" },
  ]);
  const found = useMemo(
    () => matching(document, facts, conditions, measuring),
    [document, facts, conditions, measuring],
  );
  useEffect(() => controller.selected.set(new Set(found)), [controller, found]);
  const change = (i: number, part: Partial<Condition>) =>
    setConditions((now) => now.map((each, k) => (k === i ? { ...each, ...part } : each)));
  const unit = (by: FilterBy) => {
    if (by === "area") return measuring.pixelSizeUm ? "µm²" : "px²";
    if (by === "circularity" || by === "confidence") return "0–1";
    return measuring.pixelSizeUm ? "µm" : "px";
  };
  function removeFound() {
    const view = controller.view();
    if (view) controller.act("filter", removed(found, view));
    onClose();
  }
  return (
    <Panel title={t("editor.panel_filter")} onClose={onClose}>
      <Stack spacing={1.5}>
        {conditions.map((each, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: conditions have no other name than their place
          <Stack key={i} direction="row" spacing={0.5} sx={{ alignItems: "center" }}>
            <TextField
              select
              label={t("editor.measure")}
              value={each.by}
              onChange={(event) => change(i, { by: event.target.value as FilterBy })}
              sx={{ flex: 1.4 }}
            >
              {FILTER_BY.map((by) => (
                <MenuItem key={by} value={by}>
                  {t(`editor.by_${by}`)}
                </MenuItem>
              ))}
            </TextField>
            <TextField
              select
              value={each.isBelow ? "<" : ">"}
              onChange={(event) => change(i, { isBelow: event.target.value === "<" })}
              slotProps={{ select: { "aria-label": t("editor.comparison") } }}
              sx={{ width: 64 }}
            >
              <MenuItem value="<">{"<"}</MenuItem>
              <MenuItem value=">">{">"}</MenuItem>
            </TextField>
            <NumberField
              label={unit(each.by)}
              spoken={t("editor.limit")}
              value={each.value}
              onChange={(value) => change(i, { value })}
              sx={{ flex: 1 }}
            />
            {conditions.length > 1 && (
              <IconButton
                size="small"
                aria-label={t("editor.removeCondition")}
                title={t("editor.removeCondition")}
                onClick={() => setConditions(conditions.filter((_, k) => k !== i))}
              >
                <CloseIcon />
              </IconButton>
            )}
          </Stack>
        ))}
        <Button
          size="small"
          startIcon={<AddIcon />}
          sx={{ alignSelf: "start" }}
          onClick={() => setConditions([...conditions, { by: "circularity", isBelow: true, value: "" }])}
        >
          {t("editor.addCondition")}
        </Button>
        <Typography role="status" variant="body2">
          {t("editor.matching", { count: found.length })}
        </Typography>
        <Button color="error" variant="contained" disabled={found.length === 0} onClick={removeFound}>
          {t("editor.deleteMatching")}
        </Button>
      </Stack>
    </Panel>
  );
}
