import Box from "@mui/material/Box";
import IconButton from "@mui/material/IconButton";
import Stack from "@mui/material/Stack";
import Typography from "@mui/material/Typography";
import { type ReactNode, useEffect, useId, useRef } from "react";
import { useText } from "../../i18n/useText";
import { FloatingPaper } from "../../ui/FloatingPaper";
import { CloseIcon } from "../../ui/icons";

/** A small panel over the picture, which stays in sight: what is set there is seen at once. */
export function Panel({
  title,
  onClose,
  children,
}: {
  title: string;
  onClose: () => void;
  children: ReactNode;
}) {
  const t = useText();
  const id = useId();
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const before = document.activeElement;
    const find = (what: string) => box.current?.querySelector<HTMLElement>(what);
    (find("input, button:not([data-close])") ?? find("button"))?.focus();
    return () => {
      // the focus was in the panel, and would be nowhere now
      if (document.activeElement === document.body && before instanceof HTMLElement) before.focus();
    };
  }, []);
  return (
    <FloatingPaper
      ref={box}
      role="region"
      aria-labelledby={id}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.preventDefault(); // it closes the panel, and leaves what is chosen
        onClose();
      }}
      sx={{
        top: 8,
        left: 8,
        width: { xs: "calc(100% - 72px)", sm: 320 },
        maxHeight: "calc(100% - 16px)",
        overflowY: "auto",
        p: 1.5,
      }}
    >
      <Stack direction="row" sx={{ alignItems: "center", mb: 1 }}>
        <Typography variant="h3" component="h2" id={id} sx={{ flex: 1 }}>
          {title}
        </Typography>
        <IconButton
          size="small"
          data-close
          aria-label={t("app.close")}
          title={`${t("app.close")} (Esc)`}
          onClick={onClose}
        >
          <CloseIcon />
        </IconButton>
      </Stack>
      <Box>{children}</Box>
    </FloatingPaper>
  );
}
