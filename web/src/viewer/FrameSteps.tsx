import IconButton from "@mui/material/IconButton";
import Slider from "@mui/material/Slider";
import Stack from "@mui/material/Stack";
import ToggleButton from "@mui/material/ToggleButton";
import Typography from "@mui/material/Typography";
import { useEffect, useRef, useState } from "react";
import { formatElapsed } from "../i18n/numbers";
import { useText } from "../i18n/useText";
import { useActions } from "../ui/actions";
import { PauseIcon, PlayIcon } from "../ui/icons";

interface Props {
  frame: number;
  nFrames: number;
  onFrame: (frame: number) => void;
  slice: number | "max";
  nSlices: number;
  onSlice: (slice: number | "max") => void;
  /** Of the time point that is shown, as the file or a person says it; time points need not be equally far apart. */
  timeS: number | null;
}

const PLAY_EVERY_MS = 500;

/** Through time and depth. */
export function FrameSteps({ frame, nFrames, onFrame, slice, nSlices, onSlice, timeS }: Props) {
  const t = useText();
  const [isPlaying, setPlaying] = useState(false);
  const show = useRef(onFrame);
  show.current = onFrame;
  const lastSlice = useRef(0);
  if (slice !== "max") lastSlice.current = slice;
  useEffect(() => {
    if (!isPlaying) return;
    const timer = setTimeout(() => show.current((frame + 1) % nFrames), PLAY_EVERY_MS);
    return () => clearTimeout(timer);
  }, [isPlaying, frame, nFrames]);
  const go = (step: number) => onFrame(Math.max(0, Math.min(nFrames - 1, frame + step)));
  useActions({
    title: "image.frame",
    actions:
      nFrames > 1
        ? [
            { id: "nextFrame", title: "image.nextFrame", keys: ["."], run: () => go(1) },
            { id: "previousFrame", title: "image.previousFrame", keys: [","], run: () => go(-1) },
            {
              id: "play",
              title: isPlaying ? "image.pause" : "image.play",
              keys: ["P"],
              run: () => setPlaying(!isPlaying),
            },
          ]
        : [],
  });
  if (nFrames <= 1 && nSlices <= 1) return null;
  return (
    <Stack
      direction="row"
      useFlexGap
      sx={{
        columnGap: 3,
        rowGap: 0.5,
        flexWrap: "wrap",
        px: 2,
        py: 0.5,
        overflow: "clip", // a thumb is grasped beyond its row, which the page would scroll for
        bgcolor: "background.paper",
        borderTop: 1,
        borderColor: "divider",
      }}
    >
      {nFrames > 1 && (
        <>
          <IconButton
            size="small"
            aria-label={t(isPlaying ? "image.pause" : "image.play")}
            title={`${t(isPlaying ? "image.pause" : "image.play")} (P)`}
            onClick={() => setPlaying(!isPlaying)}
          >
            {isPlaying ? <PauseIcon /> : <PlayIcon />}
          </IconButton>
          <Step
            label={t("image.frame")}
            note={timeS === null ? "" : ` · ${formatElapsed(timeS)}`}
            value={frame}
            count={nFrames}
            onChange={onFrame}
          />
        </>
      )}
      {nSlices > 1 && (
        <>
          <Step
            label={t("image.slice")}
            value={slice === "max" ? lastSlice.current : slice}
            count={nSlices}
            onChange={onSlice}
          />
          <ToggleButton
            size="small"
            value="max"
            selected={slice === "max"}
            onChange={() => onSlice(slice === "max" ? lastSlice.current : "max")}
            sx={{ whiteSpace: "nowrap", textTransform: "none", py: 0 }}
          >
            {t("image.projection")}
          </ToggleButton>
        </>
      )}
    </Stack>
  );
}

interface StepProps {
  label: string;
  note?: string;
  value: number;
  count: number;
  onChange: (value: number) => void;
}

function Step({ label, note = "", value, count, onChange }: StepProps) {
  return (
    <Stack
      direction="row"
      spacing={1.5}
      sx={{ alignItems: "center", flex: 1, minWidth: { xs: 200, sm: 120 } }}
    >
      <Typography variant="body2" noWrap sx={{ flexShrink: 0 }}>
        {label} {value + 1}/{count}
        {note}
      </Typography>
      <Slider
        size="small"
        aria-label={label}
        value={value}
        min={0}
        max={count - 1}
        step={1}
        onChange={(_event, next) => onChange(next as number)}
      />
    </Stack>
  );
}
