import Box from "@mui/material/Box";
import Button from "@mui/material/Button";
import { type DragEvent, type ReactNode, useRef, useState } from "react";
import { useText } from "../i18n/useText";
import { FolderIcon, UploadIcon } from "../ui/icons";
import { BarButton } from "./BarButton";
import type { ChosenFile } from "./chosenFiles";
import { droppedFiles, pickedFiles } from "./dropped";

/** Buttons that choose files or a folder. */
export function UploadButtons({
  onFiles,
  isProminent = false,
  isInBar = false,
}: {
  onFiles: (files: ChosenFile[]) => void;
  isProminent?: boolean;
  isInBar?: boolean;
}) {
  const t = useText();
  const One = isInBar ? BarButton : Button;
  const files = useRef<HTMLInputElement>(null);
  const folder = useRef<HTMLInputElement>(null);
  function take(input: HTMLInputElement) {
    if (input.files) onFiles(pickedFiles(input.files));
    input.value = ""; // the same files may be chosen again
  }
  return (
    <>
      <input
        ref={files}
        type="file"
        multiple
        hidden
        aria-hidden
        data-testid="choose-files"
        onChange={(event) => take(event.currentTarget)}
      />
      <input
        ref={(element) => {
          folder.current = element;
          element?.setAttribute("webkitdirectory", "");
        }}
        type="file"
        hidden
        aria-hidden
        data-testid="choose-folder"
        onChange={(event) => take(event.currentTarget)}
      />
      <One
        variant={isProminent ? "contained" : "outlined"}
        startIcon={<UploadIcon />}
        onClick={() => files.current?.click()}
      >
        {t("addFiles.files")}
      </One>
      <One variant="outlined" startIcon={<FolderIcon />} onClick={() => folder.current?.click()}>
        {t("addFiles.folder")}
      </One>
    </>
  );
}

/** A part of the page onto which files and folders can be dropped. */
export function DropArea({
  onFiles,
  children,
}: {
  onFiles: (files: ChosenFile[]) => void;
  children: ReactNode;
}) {
  const t = useText();
  const [depth, setDepth] = useState(0);
  const hasFiles = (event: DragEvent) => event.dataTransfer.types.includes("Files");
  return (
    <Box
      sx={{ position: "relative", flex: 1, minHeight: 0, display: "flex", flexDirection: "column" }}
      onDragEnter={(event) => hasFiles(event) && setDepth((now) => now + 1)}
      onDragLeave={(event) => hasFiles(event) && setDepth((now) => Math.max(0, now - 1))}
      onDragOver={(event) => hasFiles(event) && event.preventDefault()}
      onDrop={(event) => {
        setDepth(0);
        if (!hasFiles(event)) return;
        event.preventDefault();
        void droppedFiles(event.dataTransfer).then(onFiles);
      }}
    >
      {children}
      {depth > 0 && (
        <Box
          sx={{
            position: "absolute",
            inset: 0,
            zIndex: 10,
            display: "grid",
            placeItems: "center",
            pointerEvents: "none",
            border: "3px dashed",
            borderColor: "primary.main",
            borderRadius: 2,
            bgcolor: "background.paper",
            opacity: 0.92,
            fontSize: 20,
            fontWeight: 600,
          }}
        >
          {t("addFiles.dropHere")}
        </Box>
      )}
    </Box>
  );
}
