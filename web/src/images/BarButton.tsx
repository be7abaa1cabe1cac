import Box from "@mui/material/Box";
import Button, { type ButtonProps } from "@mui/material/Button";

/** A button of a bar that is one row: where there is little room, on a tablet, its icon speaks and its words are a tooltip. */
export function BarButton({ children, ...props }: ButtonProps & { children: string }) {
  return (
    <Button
      title={children}
      aria-label={children}
      {...props}
      sx={{
        minWidth: { md: 0 },
        px: { md: 1, lg: 2 },
        "& .MuiButton-startIcon": { ml: { md: 0, lg: -0.5 }, mr: { md: 0, lg: 1 } },
      }}
    >
      <Box component="span" sx={{ display: { md: "none", lg: "inline" } }}>
        {children}
      </Box>
    </Button>
  );
}
