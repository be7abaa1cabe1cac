import Box from "@mui/material/Box";
import Card from "@mui/material/Card";
import Stack from "@mui/material/Stack";
import Typography from "@mui/material/Typography";
import { type ReactNode, useEffect } from "react";

interface Props {
  title: string;
  explanation?: string;
  children: ReactNode;
  below?: ReactNode;
}

/** The narrow page of everything around signing in. */
export function AuthCard({ title, explanation, children, below }: Props) {
  useEffect(() => {
    document.title = `${title} · SpheroSeg`;
  }, [title]);
  return (
    <Box sx={{ flex: 1, display: "grid", placeItems: "center", p: 2 }}>
      <Card sx={{ width: "100%", maxWidth: 420, p: { xs: 3, sm: 4 }, overflowWrap: "anywhere" }}>
        <Typography variant="h1" sx={{ mb: 0.5 }}>
          {title}
        </Typography>
        {explanation && <Typography color="textSecondary">{explanation}</Typography>}
        <Stack spacing={2} sx={{ mt: 3 }}>
          {children}
        </Stack>
        {below && <Box sx={{ mt: 3, pt: 2, borderTop: 1, borderColor: "divider" }}>{below}</Box>}
      </Card>
    </Box>
  );
}
