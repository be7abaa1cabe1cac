import Checkbox from "@mui/material/Checkbox";
import FormControlLabel from "@mui/material/FormControlLabel";
import Typography from "@mui/material/Typography";
import { type ReactNode, useEffect, useState } from "react";
import { useText } from "../i18n/useText";
import { formatNumber } from "../ui/format";
import { LabelledSlider } from "../ui/LabelledSlider";
import { ProblemAlert } from "../ui/ProblemAlert";

/** The outlines that another threshold would give, without a new run. */
export function Threshold({
  threshold,
  onThreshold,
  error,
  children,
}: {
  threshold: number | null;
  onThreshold: (value: number | null) => void;
  error: unknown;
  /** What can be done with it. */
  children: ReactNode;
}) {
  const t = useText();
  const [value, setValue] = useState(threshold ?? 0.5);
  useEffect(() => {
    if (threshold === null || threshold === value) return;
    const timer = setTimeout(() => onThreshold(value), 120);
    return () => clearTimeout(timer);
  }, [value, threshold, onThreshold]);
  return (
    <>
      <FormControlLabel
        control={
          <Checkbox
            checked={threshold !== null}
            onChange={(event) => onThreshold(event.target.checked ? value : null)}
          />
        }
        label={t("image.tryThreshold")}
      />
      {threshold !== null && (
        <>
          <LabelledSlider
            label={t("image.threshold")}
            value={value}
            shown={formatNumber(value, 2)}
            min={0.02}
            max={0.98}
            step={0.01}
            onChange={setValue}
          />
          {error ? <ProblemAlert error={error} /> : null}
          <Typography variant="body2" color="textSecondary">
            {t("image.thresholdHelp")}
          </Typography>
          {children}
        </>
      )}
    </>
  );
}
