import Box from "@mui/material/Box";
import Checkbox from "@mui/material/Checkbox";
import Slider from "@mui/material/Slider";
import Stack from "@mui/material/Stack";
import Typography from "@mui/material/Typography";
import { useEffect, useState } from "react";
import type { ImageDetail } from "../api/images";
import { channelTitle } from "../i18n/givenNames";
import { formatNumber } from "../i18n/numbers";
import { useText } from "../i18n/useText";
import { type ChannelDisplay, rawLimits } from "./display";

/** What stands beside a slider is said as finely as the slider moves. */
const inSteps = (value: number, step: number) => (step >= 1 ? Math.round(value) : value);

interface ChannelProps {
  image: ImageDetail;
  channel: ChannelDisplay;
  hasToggle: boolean;
  onChange: (part: Partial<ChannelDisplay>) => void;
}

/** One channel: whether it is shown, and which raw values become black and white. */
export function ChannelRow({ image, channel, hasToggle, onChange }: ChannelProps) {
  const t = useText();
  const [low, high] = rawLimits(image, channel);
  const name = channelTitle(channel.name) || t("image.channel", { number: channel.channel + 1 });
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
            component="input"
            type="color"
            title={t("image.colourOf", { name })}
            aria-label={t("image.colourOf", { name })}
            value={`#${channel.colour}`}
            onChange={(event) => onChange({ colour: event.target.value.slice(1) })}
            sx={{
              width: 24,
              height: 24,
              p: 0,
              border: 1,
              borderColor: "divider",
              borderRadius: 1,
              bgcolor: "transparent",
            }}
          />
        )}
        <Typography variant="body2" sx={{ flex: 1 }} noWrap>
          {image.is_rgb ? t("image.allColours") : name}
        </Typography>
        <Typography variant="caption" color="textSecondary">
          {formatNumber(inSteps(range[0], step))} – {formatNumber(inSteps(range[1], step))}
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
