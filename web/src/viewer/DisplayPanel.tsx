import Button from "@mui/material/Button";
import Checkbox from "@mui/material/Checkbox";
import Divider from "@mui/material/Divider";
import FormControlLabel from "@mui/material/FormControlLabel";
import MenuItem from "@mui/material/MenuItem";
import Stack from "@mui/material/Stack";
import TextField from "@mui/material/TextField";
import Typography from "@mui/material/Typography";
import type { ReactNode } from "react";
import type { ImageDetail } from "../api/images";
import { formatNumber } from "../i18n/numbers";
import { useText } from "../i18n/useText";
import { formatPercent } from "../ui/format";
import { LabelledSlider } from "../ui/LabelledSlider";
import { ChannelRow } from "./ChannelRow";
import { COLOUR_BY, type ColourBy } from "./colours";
import { type ChannelDisplay, defaultDisplay } from "./display";
import { Legend } from "./Legend";
import type { OutlineLook } from "./layers/outlines";
import { Threshold } from "./Threshold";

interface Props {
  image: ImageDetail;
  display: ChannelDisplay[];
  onDisplay: (display: ChannelDisplay[]) => void;
  look: OutlineLook;
  onLook: (look: OutlineLook) => void;
  colourBy: ColourBy;
  onColourBy: (by: ColourBy) => void;
  resultId: string | null;
  threshold: number | null;
  onThreshold: (threshold: number | null) => void;
  thresholdError: unknown;
  /** What can be done with another threshold. */
  keepThreshold: ReactNode;
}

/** Channels, window and level, how outlines look, and the threshold that can be moved without a new run. */
export function DisplayPanel(props: Props) {
  const t = useText();
  const { image, display, onDisplay, look, onLook } = props;
  const change = (i: number, part: Partial<ChannelDisplay>) =>
    onDisplay(display.map((each, k) => (k === i ? { ...each, ...part } : each)));
  // the three colours of a photograph move together, or its hue would change
  const groups = image.is_rgb ? display.slice(0, 1) : display;
  return (
    <Stack spacing={2} sx={{ p: 2 }}>
      <Typography variant="h3" component="h2">
        {t("image.contrast")}
      </Typography>
      {groups.map((channel, i) => (
        <ChannelRow
          key={channel.channel}
          image={image}
          channel={channel}
          hasToggle={groups.length > 1}
          onChange={(part) =>
            image.is_rgb
              ? onDisplay(display.map((each) => ({ ...each, ...part, colour: each.colour })))
              : change(i, part)
          }
        />
      ))}
      <Button size="small" sx={{ alignSelf: "start" }} onClick={() => onDisplay(defaultDisplay(image))}>
        {t("image.resetContrast")}
      </Button>
      <Divider />
      <Typography variant="h3" component="h2">
        {t("image.outlines")}
      </Typography>
      <TextField
        select
        label={t("image.colourBy")}
        value={props.colourBy}
        onChange={(event) => props.onColourBy(event.target.value as ColourBy)}
      >
        {COLOUR_BY.map((each) => (
          <MenuItem key={each} value={each}>
            {t(`image.colourBy_${each}`)}
          </MenuItem>
        ))}
      </TextField>
      <Legend by={props.colourBy} />
      <LabelledSlider
        label={t("image.lineWidth")}
        value={look.lineWidth}
        valueText={formatNumber(look.lineWidth)}
        min={0}
        max={6}
        step={0.5}
        onChange={(lineWidth) => onLook({ ...look, lineWidth })}
      />
      <LabelledSlider
        label={t("image.fill")}
        value={look.fillOpacity}
        valueText={formatPercent(look.fillOpacity)}
        min={0}
        max={0.8}
        step={0.05}
        onChange={(fillOpacity) => onLook({ ...look, fillOpacity })}
      />
      <LabelledSlider
        label={t("image.opacity")}
        value={look.opacity}
        valueText={formatPercent(look.opacity)}
        min={0.1}
        max={1}
        step={0.05}
        onChange={(opacity) => onLook({ ...look, opacity })}
      />
      <FormControlLabel
        control={
          <Checkbox
            checked={look.showLabels}
            onChange={(event) => onLook({ ...look, showLabels: event.target.checked })}
          />
        }
        label={t("image.labels")}
      />
      {props.resultId && (
        <>
          <Divider />
          <Threshold threshold={props.threshold} onThreshold={props.onThreshold} error={props.thresholdError}>
            {props.keepThreshold}
          </Threshold>
        </>
      )}
    </Stack>
  );
}
