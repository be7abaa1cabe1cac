import CssBaseline from "@mui/material/CssBaseline";
import { ThemeProvider } from "@mui/material/styles";
import { QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { BrowserRouter } from "react-router";
import { App } from "./App";
import { queryClient } from "./api/query";
import { whoAmI } from "./auth/session";
import { startTexts } from "./i18n";
import { fetchPageOf } from "./pages";
import { ErrorBoundary } from "./ui/ErrorBoundary";
import { theme } from "./ui/theme";

const root = document.getElementById("root");
if (root) {
  void queryClient.prefetchQuery(whoAmI);
  fetchPageOf(window.location.pathname);
  await startTexts();
  createRoot(root).render(
    <StrictMode>
      <ThemeProvider theme={theme} defaultMode="system" disableTransitionOnChange>
        <CssBaseline enableColorScheme />
        <ErrorBoundary>
          <QueryClientProvider client={queryClient}>
            <BrowserRouter>
              <App />
            </BrowserRouter>
          </QueryClientProvider>
        </ErrorBoundary>
      </ThemeProvider>
    </StrictMode>,
  );
  if (import.meta.env.PROD) void import("./ui/offline").then((offline) => offline.start());
}
