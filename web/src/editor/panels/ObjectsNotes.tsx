import Alert from "@mui/material/Alert";
import Button from "@mui/material/Button";
import Stack from "@mui/material/Stack";
import { useText } from "../../i18n/useText";
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
