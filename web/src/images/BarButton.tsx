import Box from "@mui/material/Box";
import Button, { type ButtonProps } from "@mui/material/Button";

interface Props extends ButtonProps {
  children: string;
  /** From which width on its words are shown; below it, down to a phone's, its icon speaks and they are a tooltip. */
  wordsFrom?: "lg" | "xl";
}

/** A button of a bar that is one row. */
export function BarButton({ children, wordsFrom = "lg", ...props }: Props) {
  return (
    <Button
      title={children}
      aria-label={children}
      {...props}
      sx={{
        minWidth: { md: 0 },
        px: { md: 1, [wordsFrom]: 2 },
        "& .MuiButton-startIcon": {
          ml: { md: 0, [wordsFrom]: -0.5 },
          mr: { md: 0, [wordsFrom]: 1 },
        },
      }}
    >
      <Box component="span" sx={{ display: { md: "none", [wordsFrom]: "inline" } }}>
        {children}
      </Box>
    </Button>
  );
}
