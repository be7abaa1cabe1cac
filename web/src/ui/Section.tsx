import Card from "@mui/material/Card";
import Typography from "@mui/material/Typography";
import { type ReactNode, useId } from "react";

/** A part of a settings page. */
export function Section({
  title,
  explanation,
  children,
}: {
  title: string;
  explanation?: string;
  children: ReactNode;
}) {
  const id = useId();
  return (
    <Card component="section" aria-labelledby={id} sx={{ p: { xs: 2, sm: 3 } }}>
      <Typography variant="h2" id={id} sx={{ mb: explanation ? 0.5 : 2 }}>
        {title}
      </Typography>
      {explanation && (
        <Typography color="textSecondary" variant="body2" sx={{ mb: 2 }}>
          {explanation}
        </Typography>
      )}
      {children}
    </Card>
  );
}
