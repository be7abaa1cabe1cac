import Button from "@mui/material/Button";
import Stack from "@mui/material/Stack";
import Typography from "@mui/material/Typography";
import { useState } from "react";
import { useText } from "../../i18n/useText";
import { notify } from "../../store/notifications";
import { useStore } from "../../store/store";
import { NumberField } from "../../ui/NumberField";
import type { EditorController } from "../controller";
import { useCopyTo } from "../requests";
import { Panel } from "./Panel";

interface Props {
  controller: EditorController;
  imageId: string;
  resultId: string;
  frame: number;
  nFrames: number;
  onGo: (frame: number) => void;
  onClose: () => void;
}

/** Puts the chosen outlines, or all, on the next frames at the same places. */
export function CopyPanel({ controller, imageId, resultId, frame, nFrames, onGo, onClose }: Props) {
  const t = useText();
  const selected = useStore(controller.selected);
  const [many, setMany] = useState("1");
  const copy = useCopyTo(imageId, resultId);
  const left = nFrames - 1 - frame;
  const isSaved = controller.session.get()?.isIdle ?? false;
  const numbers = selected.size > 0 ? [...selected].filter((each) => each > 0) : null;
  const frames = Array.from({ length: Number(many) }, (_, i) => frame + 1 + i);
  return (
    <Panel title={t("editor.panel_copy")} onClose={onClose}>
      {left === 0 ? (
        <Typography variant="body2">{t("editor.lastFrame")}</Typography>
      ) : (
        <Stack spacing={1.5}>
          <Typography variant="body2">
            {numbers ? t("editor.copySelected", { count: numbers.length }) : t("editor.copyAll")}
          </Typography>
          <NumberField
            isWhole
            label={t("editor.howManyFrames")}
            value={many}
            onChange={setMany}
            min={1}
            max={left}
          />
          <Button
            variant="contained"
            loading={copy.isPending}
            disabled={!isSaved || frames.length === 0}
            onClick={() =>
              copy.mutate(
                { numbers, frames },
                {
                  onSuccess: () => {
                    notify("success", t("editor.copied", { count: frames.length }));
                    onGo(frame + 1);
                    onClose();
                  },
                },
              )
            }
          >
            {t("editor.copyNow")}
          </Button>
        </Stack>
      )}
    </Panel>
  );
}
