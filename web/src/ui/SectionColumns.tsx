import Box from "@mui/material/Box";
import type { ReactNode } from "react";

/** Sections beside each other where the window is wide enough for two columns. */
export function SectionColumns({ children }: { children: ReactNode }) {
  return (
    <Box
      sx={{
        columnCount: { xs: 1, lg: 2 },
        columnGap: 3,
        maxWidth: 1400,
        width: "100%",
        "& > *": { breakInside: "avoid", mb: 3 },
      }}
    >
      {children}
    </Box>
  );
}
