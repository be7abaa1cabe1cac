import Box from "@mui/material/Box";
import Stack from "@mui/material/Stack";
import Typography from "@mui/material/Typography";
import { type ReactNode, useEffect, useRef } from "react";
import { CLAMPED } from "./clamped";

interface Props {
  title: string;
  /** Beside the title, on the right. */
  actions?: ReactNode;
  /** Above the title: where we are. */
  trail?: ReactNode;
  subtitle?: ReactNode;
  children: ReactNode;
  maxWidth?: number | "none";
}

/** A page: its title names the browser's tab too, and gets the focus when the page opens so that readers hear it. */
export function Page({ title, actions, trail, subtitle, children, maxWidth = 1360 }: Props) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · SpheroSeg`;
    if (document.activeElement === document.body) heading.current?.focus({ preventScroll: true });
  }, [title]);
  return (
    <Box sx={{ px: { xs: 2, md: 3 }, py: { xs: 2, md: 3 }, mx: "auto", maxWidth, width: "100%" }}>
      {trail}
      <Stack
        direction="row"
        useFlexGap
        sx={{ flexWrap: "wrap", gap: 1.5, alignItems: "center", justifyContent: "space-between", mb: 2 }}
      >
        <Box sx={{ minWidth: 0 }}>
          <Typography
            ref={heading}
            variant="h1"
            tabIndex={-1}
            title={title}
            sx={{ ...CLAMPED, overflowWrap: "anywhere", "&:focus-visible": { outline: "none" } }}
          >
            {title}
          </Typography>
          {subtitle && (
            <Typography component="div" color="textSecondary" variant="body2" sx={{ mt: 0.5 }}>
              {subtitle}
            </Typography>
          )}
        </Box>
        {actions && (
          <Stack direction="row" useFlexGap sx={{ flexWrap: "wrap", gap: 1 }}>
            {actions}
          </Stack>
        )}
      </Stack>
      {children}
    </Box>
  );
}
