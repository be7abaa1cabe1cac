import Alert from "@mui/material/Alert";
import Button from "@mui/material/Button";
import Stack from "@mui/material/Stack";
import type { ImageDetail } from "../../api/images";
import type { TextKey } from "../../i18n";
import { useText } from "../../i18n/useText";
import type { EditorController } from "../controller";
import { useNewVersion } from "../requests";

/** Begins a version without outlines, for an image that nothing was outlined in. */
export function DrawByHand({ image, frame }: { image: { id: string }; frame: number }) {
  const t = useText();
  const newVersion = useNewVersion(image.id, frame);
  return (
    <Stack sx={{ p: 2, pb: 0 }}>
      <Button variant="outlined" loading={newVersion.isPending} onClick={() => newVersion.mutate(null)}>
        {t("editor.drawByHand")}
      </Button>
    </Stack>
  );
}

/** Says that the outlines on the picture are those of another threshold, and the table's are not. */
export function PreviewNote({ count }: { count: number }) {
  const t = useText();
  return (
    <Alert severity="info" sx={{ m: 1 }}>
      {t("image.previewNote", { count })}
    </Alert>
  );
}

interface WithCard {
  run_card?: { left_out?: Record<string, number> } | null;
}

interface ResultNotesProps {
  image: ImageDetail;
  result: (WithCard & { is_measuring: boolean }) | undefined;
  /** Null for those who may only look. */
  controller: EditorController | null;
}

/** Says when the numbers are in pixels or of a pixel size that was changed since, and what was found and left out. */
export function ResultNotes({ image, result, controller }: ResultNotesProps) {
  const t = useText();
  return (
    <>
      {!image.pixel_size_um && (
        <Alert
          severity="warning"
          sx={{ m: 1 }}
          action={
            controller && (
              <Button size="small" color="inherit" onClick={() => controller.take("scale")}>
                {t("editor.setScale")}
              </Button>
            )
          }
        >
          {t("image.noPixelSize")}
        </Alert>
      )}
      <LeftOutNote runCard={result?.run_card} />
      {result?.is_measuring && (
        <Alert severity="info" sx={{ m: 1 }}>
          {t("image.isMeasuring")}
        </Alert>
      )}
    </>
  );
}

const RULES: Record<string, TextKey> = {
  by_content: "runs.debrisBeside",
  min_diameter_um: "runs.smallest",
  min_diameter_px: "runs.smallest",
  leave_out_border: "runs.leaveOutBorder",
  in_focus_only: "runs.inFocusOnly",
  keep_largest: "runs.keepLargest",
};

/** Says how many of the found objects the rules of the run left out, and which rules. */
export function LeftOutNote({
  runCard,
}: {
  runCard: { left_out?: Record<string, number> } | null | undefined;
}) {
  const t = useText();
  const rules = Object.entries(runCard?.left_out ?? {}).filter(([, count]) => count > 0);
  const count = rules.reduce((sum, [, each]) => sum + each, 0);
  if (count === 0) return null;
  const names = rules.flatMap(([name]) => RULES[name] ?? []).map((key) => t(key));
  return (
    <Alert severity="info" sx={{ m: 1 }}>
      {t("runs.leftOut", { count, rules: names.join(", ") })}
    </Alert>
  );
}
