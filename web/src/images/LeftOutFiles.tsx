import Box from "@mui/material/Box";
import Button from "@mui/material/Button";
import Collapse from "@mui/material/Collapse";
import Typography from "@mui/material/Typography";
import { useState } from "react";
import { spoken } from "../api/sentences";
import type { UploadSet } from "../api/uploadSets";
import { useText } from "../i18n/useText";

/** Files that become no image, each with the reason; and how many are used for what they say of the images. */
export function LeftOutFiles({
  files,
  nFiles,
  nBeside,
}: {
  files: UploadSet["found"]["left_out"];
  nFiles: number;
  nBeside: number;
}) {
  const t = useText();
  const [isOpen, setOpen] = useState(false);
  return (
    <Box>
      {nBeside > 0 && (
        <Typography variant="body2" color="textSecondary">
          {t("upload.foundBeside", { count: nBeside })}
        </Typography>
      )}
      {nFiles > 0 && (
        <>
          <Button size="small" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
            {t("upload.leftOut", { count: nFiles })}
          </Button>
          <Collapse in={isOpen} unmountOnExit>
            <Box component="ul" sx={{ m: 0, maxHeight: 200, overflow: "auto" }}>
              {files.map((file) => (
                <Typography component="li" variant="body2" key={file.name}>
                  {file.name}: {spoken(file.reason)}
                </Typography>
              ))}
            </Box>
          </Collapse>
        </>
      )}
    </Box>
  );
}
