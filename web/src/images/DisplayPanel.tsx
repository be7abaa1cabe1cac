import Box from "@mui/material/Box";
import Button from "@mui/material/Button";
import Checkbox from "@mui/material/Checkbox";
import Divider from "@mui/material/Divider";
import FormControlLabel from "@mui/material/FormControlLabel";
import MenuItem from "@mui/material/MenuItem";
import Slider from "@mui/material/Slider";
import Stack from "@mui/material/Stack";
import TextField from "@mui/material/TextField";
import Typography from "@mui/material/Typography";
import { useEffect, useState } from "react";
import type { OutlineLook } from "../editor/layers/outlines";
import { useText } from "../i18n/useText";
import { formatNumber, formatPercent } from "../ui/format";
import { ProblemAlert } from "../ui/ProblemAlert";
import { COLOUR_BY, type ColourBy } from "./colours";
import { type ChannelDisplay, defaultDisplay, rawLimits } from "./display";
import type { ImageDetail } from "./queries";

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
      <Labelled label={t("image.lineWidth")} value={formatNumber(look.lineWidth)}>
        <Slider
          size="small"
          aria-label={t("image.lineWidth")}
          value={look.lineWidth}
          min={0}
          max={6}
          step={0.5}
          onChange={(_e, value) => onLook({ ...look, lineWidth: value as number })}
        />
      </Labelled>
      <Labelled label={t("image.fill")} value={formatPercent(look.fillOpacity)}>
        <Slider
          size="small"
          aria-label={t("image.fill")}
          value={look.fillOpacity}
          min={0}
          max={0.8}
          step={0.05}
          onChange={(_e, value) => onLook({ ...look, fillOpacity: value as number })}
        />
      </Labelled>
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
          <Threshold
            threshold={props.threshold}
            onThreshold={props.onThreshold}
            error={props.thresholdError}
          />
        </>
      )}
    </Stack>
  );
}

interface ChannelProps {
  image: ImageDetail;
  channel: ChannelDisplay;
  hasToggle: boolean;
  onChange: (part: Partial<ChannelDisplay>) => void;
}

function ChannelRow({ image, channel, hasToggle, onChange }: ChannelProps) {
  const t = useText();
  const [low, high] = rawLimits(image, channel);
  const name = channel.name || t("image.channel", { number: channel.channel + 1 });
  // tiles are asked for when the hand rests, not on every step of the slider
  const [range, setRange] = useState<[number, number]>([channel.black, channel.white]);
  useEffect(() => setRange([channel.black, channel.white]), [channel.black, channel.white]);
  const step = high - low > 1000 ? 1 : (high - low) / 1000;
  return (
    <Box>
      <Stack direction="row" spacing={1} sx={{ alignItems: "center" }}>
        {hasToggle && (
          <Checkbox
            size="small"
            checked={channel.isShown}
            slotProps={{ input: { "aria-label": t("image.showChannel", { name }) } }}
            onChange={(event) => onChange({ isShown: event.target.checked })}
          />
        )}
        {!image.is_rgb && (
          <Box
            sx={{ width: 14, height: 14, borderRadius: 1, border: 1, borderColor: "divider" }}
            style={{ backgroundColor: `#${channel.colour}` }}
          />
        )}
        <Typography variant="body2" sx={{ flex: 1 }} noWrap>
          {image.is_rgb ? t("image.allColours") : name}
        </Typography>
        <Typography variant="caption" color="text.secondary">
          {formatNumber(range[0])} – {formatNumber(range[1])}
        </Typography>
      </Stack>
      <Slider
        size="small"
        getAriaLabel={(i) => t(i === 0 ? "image.black" : "image.white", { name })}
        value={range}
        min={Math.min(low, range[0])}
        max={Math.max(high, range[1])}
        step={step}
        onChange={(_event, value) => setRange(value as [number, number])}
        onChangeCommitted={(_event, value) => {
          const [black, white] = value as [number, number];
          onChange({ black, white: Math.max(white, black + step) });
        }}
      />
    </Box>
  );
}

function Threshold({
  threshold,
  onThreshold,
  error,
}: {
  threshold: number | null;
  onThreshold: (value: number | null) => void;
  error: unknown;
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
          <Labelled label={t("image.threshold")} value={formatNumber(value, 2)}>
            <Slider
              size="small"
              aria-label={t("image.threshold")}
              value={value}
              min={0.02}
              max={0.98}
              step={0.01}
              onChange={(_e, next) => setValue(next as number)}
            />
          </Labelled>
          {error ? <ProblemAlert error={error} /> : null}
          <Typography variant="body2" color="text.secondary">
            {t("image.thresholdHelp")}
          </Typography>
        </>
      )}
    </>
  );
}

function Labelled({ label, value, children }: { label: string; value: string; children: React.ReactNode }) {
  return (
    <Box>
      <Stack direction="row" sx={{ justifyContent: "space-between" }}>
        <Typography variant="body2">{label}</Typography>
        <Typography variant="caption" color="text.secondary">
          {value}
        </Typography>
      </Stack>
      {children}
    </Box>
  );
}
