import Alert from "@mui/material/Alert";
import Button from "@mui/material/Button";
import Stack from "@mui/material/Stack";
import type { ImageDetail } from "../../api/images";
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

interface ScaleNotesProps {
  image: ImageDetail;
  result: { is_measuring: boolean } | undefined;
  /** Null for those who may only look. */
  controller: EditorController | null;
}

/** Says when the numbers are in pixels, or of a pixel size that was changed since. */
export function ScaleNotes({ image, result, controller }: ScaleNotesProps) {
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
      {result?.is_measuring && (
        <Alert severity="info" sx={{ m: 1 }}>
          {t("image.isMeasuring")}
        </Alert>
      )}
    </>
  );
}
