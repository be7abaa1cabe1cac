import Paper, { type PaperProps } from "@mui/material/Paper";

/** A sheet over the picture, where `sx` places it: beside the picture, it would push it away from under the pointer. */
export function FloatingPaper({ sx, ...props }: PaperProps) {
  return <Paper elevation={4} {...props} sx={[{ position: "absolute", zIndex: 2 }, ...[sx ?? []].flat()]} />;
}
