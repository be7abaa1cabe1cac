import { createTheme } from "@mui/material/styles";

const fonts = 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Noto Sans CJK SC", sans-serif';

const FOCUS = { outline: "3px solid var(--mui-palette-primary-main)", outlineOffset: 2 };

/** Colours keep a contrast of at least 4.5 : 1 for text in both schemes (WCAG 2.1 AA). */
export const theme = createTheme({
  cssVariables: { colorSchemeSelector: "data-color-scheme" },
  colorSchemes: {
    light: {
      palette: {
        primary: { main: "#0b6e75", contrastText: "#ffffff" },
        secondary: { main: "#6a3fa0" },
        success: { main: "#1b6e3c" },
        warning: { main: "#8a5300" },
        error: { main: "#b3261e" },
        info: { main: "#1f5fae" },
        background: { default: "#f5f8f8", paper: "#ffffff" },
        text: { primary: "#152022", secondary: "#4a5a5d" },
        divider: "#d5dfe0",
      },
    },
    dark: {
      palette: {
        primary: { main: "#6fd3c7", dark: "#58b5aa", contrastText: "#06282a" },
        secondary: { main: "#c9a8f5" },
        success: { main: "#7fd69a" },
        warning: { main: "#f0b45c" },
        error: { main: "#ff9a91" },
        info: { main: "#8fc1ff" },
        background: { default: "#0e1516", paper: "#162021" },
        text: { primary: "#e8f0f0", secondary: "#a9babc" },
        divider: "#2b393b",
      },
    },
  },
  shape: { borderRadius: 8 },
  typography: {
    fontFamily: fonts,
    h1: { fontSize: "1.75rem", fontWeight: 650, letterSpacing: "-0.01em" },
    h2: { fontSize: "1.25rem", fontWeight: 650 },
    h3: { fontSize: "1rem", fontWeight: 650 },
    button: { textTransform: "none", fontWeight: 600 },
  },
  components: {
    MuiCssBaseline: {
      styleOverrides: {
        ":focus-visible": FOCUS,
        "@media (prefers-reduced-motion: reduce)": {
          "*, *::before, *::after": {
            animationDuration: "0.01ms !important",
            animationIterationCount: "1 !important",
            transitionDuration: "0.01ms !important",
            scrollBehavior: "auto !important",
          },
        },
        "@page": { margin: "15mm" },
        "@media print": { "header, nav, .no-print": { display: "none !important" } },
      },
    },
    // a button of the library takes the outline away, and shows the focus by the ripple that is switched off here
    MuiButtonBase: {
      defaultProps: { disableRipple: true },
      styleOverrides: { root: { "&:focus-visible": FOCUS } },
    },
    MuiButton: { defaultProps: { disableElevation: true } },
    MuiCard: { defaultProps: { variant: "outlined" } },
    MuiTextField: { defaultProps: { size: "small", fullWidth: true } },
    MuiTooltip: { defaultProps: { enterDelay: 400 } },
  },
});
