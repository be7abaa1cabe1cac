import Checkbox from "@mui/material/Checkbox";
import FormControlLabel from "@mui/material/FormControlLabel";
import Typography from "@mui/material/Typography";
import { type ReactNode, useEffect, useState } from "react";
import { useText } from "../i18n/useText";
import { ProblemAlert } from "../ui/ProblemAlert";
import { ThresholdSlider } from "./ThresholdSlider";

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
          <ThresholdSlider value={value} onChange={setValue} />
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
