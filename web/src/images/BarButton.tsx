import Box from "@mui/material/Box";
import Button, { type ButtonProps } from "@mui/material/Button";

interface Props extends ButtonProps {
  children: string;
  /** From which width on its words are shown; below it, down to a phone's, its icon speaks and they are a tooltip. */
  wordsFrom?: keyof typeof FROM;
}

const FROM = { wide: "@media (min-width: 1400px)", xl: "@media (min-width: 1536px)" } as const;

/** A button of a bar that is one row. */
export function BarButton({ children, wordsFrom = "wide", ...props }: Props) {
  return (
    <Button
      title={children}
      aria-label={children}
      {...props}
      sx={{
        minWidth: { md: 0 },
        px: { md: 1 },
        "& .MuiButton-startIcon": { mx: { md: 0 } },
        [FROM[wordsFrom]]: { px: 2, "& .MuiButton-startIcon": { ml: -0.5, mr: 1 } },
      }}
    >
      <Box component="span" sx={{ display: { md: "none" }, [FROM[wordsFrom]]: { display: "inline" } }}>
        {children}
      </Box>
    </Button>
  );
}
