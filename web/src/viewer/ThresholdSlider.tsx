import { formatNumber } from "../i18n/numbers";
import { useText } from "../i18n/useText";
import { LabelledSlider } from "../ui/LabelledSlider";

interface Props {
  value: number;
  onChange: (value: number) => void;
  /** The hand has let go. */
  onDone?: (value: number) => void;
}

/** The probability from which on a pixel belongs to an object; at 0 and 1 there would be one object, and none. */
export function ThresholdSlider(props: Props) {
  const t = useText();
  return (
    <LabelledSlider
      {...props}
      label={t("image.threshold")}
      valueText={formatNumber(props.value, 2)}
      min={0.02}
      max={0.98}
      step={0.01}
    />
  );
}
