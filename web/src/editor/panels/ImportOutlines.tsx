import Button from "@mui/material/Button";
import Typography from "@mui/material/Typography";
import { useRef } from "react";
import { OUTLINE_ENDINGS } from "../../api/outlines";
import { useText } from "../../i18n/useText";
import { notify } from "../../store/notifications";
import { UploadIcon } from "../../ui/icons";
import { useImportOutlines } from "../requests";

/** Takes outlines that another program made; they become a version, and never replace what a person drew. */
export function ImportOutlines({ imageId, frame }: { imageId: string; frame: number }) {
  const t = useText();
  const input = useRef<HTMLInputElement>(null);
  const imported = useImportOutlines(imageId, frame);
  const send = (file: File) =>
    imported.mutate(file, {
      onSuccess: ({ result, is_shown, notes }) => {
        const n = result.n_objects;
        notify("success", t(is_shown ? "editor.imported" : "editor.importedNotShown", { n }));
        if (notes[0]) notify("warning", t("editor.importNotes", { note: notes.join("; ") }));
      },
    });
  return (
    <div>
      <input
        ref={input}
        type="file"
        hidden
        aria-label={t("editor.importOutlines")}
        accept={OUTLINE_ENDINGS}
        onChange={(event) => {
          const file = event.target.files?.[0];
          if (file) send(file);
          event.target.value = ""; // the same file may be chosen again
        }}
      />
      <Button
        variant="outlined"
        fullWidth
        startIcon={<UploadIcon />}
        loading={imported.isPending}
        onClick={() => input.current?.click()}
      >
        {t("editor.importOutlines")}
      </Button>
      <Typography variant="body2" color="textSecondary" sx={{ mt: 0.5 }}>
        {t("editor.importHelp")}
      </Typography>
    </div>
  );
}
