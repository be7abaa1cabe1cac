import AppBar from "@mui/material/AppBar";
import Box from "@mui/material/Box";
import Button from "@mui/material/Button";
import IconButton from "@mui/material/IconButton";
import Link from "@mui/material/Link";
import Stack from "@mui/material/Stack";
import Toolbar from "@mui/material/Toolbar";
import Tooltip from "@mui/material/Tooltip";
import Typography from "@mui/material/Typography";
import { lazy, type ReactNode, Suspense } from "react";
import { Link as RouterLink, useLocation } from "react-router";
import { useMe } from "../auth/session";
import { useText } from "../i18n/useText";
import { BrandIcon, HelpIcon } from "./icons";
import { Live } from "./Live";

const AccountMenu = lazy(() => import("./AccountMenu"));
const LanguageMenu = lazy(() => import("./LanguageMenu"));
const NotificationsMenu = lazy(() => import("./NotificationsMenu"));

interface Props {
  children: ReactNode;
  onHelp: () => void;
}

/** The frame of every page: the bar, what everybody hears, the page itself. */
export function Shell({ children, onHelp }: Props) {
  const t = useText();
  const me = useMe();
  const isSigningIn = useLocation().pathname === "/sign-in";
  return (
    <Box sx={{ minHeight: "100dvh", display: "flex", flexDirection: "column" }}>
      <Link
        href="#content"
        sx={{
          position: "absolute",
          left: -9999,
          "&:focus": { left: 8, top: 8, zIndex: 2000, bgcolor: "background.paper", p: 1 },
        }}
      >
        {t("app.skip")}
      </Link>
      <AppBar
        position="sticky"
        color="default"
        elevation={0}
        sx={{ bgcolor: "background.paper", borderBottom: 1, borderColor: "divider" }}
      >
        <Toolbar variant="dense" sx={{ gap: 1, minHeight: 52 }}>
          <Stack
            component={RouterLink}
            to="/"
            direction="row"
            spacing={1}
            sx={{ alignItems: "center", color: "primary.main", textDecoration: "none", mr: "auto" }}
          >
            <BrandIcon />
            <Typography component="span" sx={{ fontWeight: 700, fontSize: 18, color: "text.primary" }}>
              SpheroSeg
            </Typography>
          </Stack>
          {me.data && <Live />}
          <Tooltip title={t("shortcuts.title")}>
            <IconButton color="inherit" onClick={onHelp} aria-label={t("shortcuts.title")}>
              <HelpIcon />
            </IconButton>
          </Tooltip>
          <Suspense fallback={<Box sx={{ width: 36 }} />}>
            {me.data ? (
              <>
                <NotificationsMenu />
                <AccountMenu />
              </>
            ) : (
              <LanguageMenu />
            )}
          </Suspense>
          {!me.isPending && !me.data && !isSigningIn && (
            <Button component={RouterLink} to="/sign-in" variant="outlined" size="small">
              {t("auth.signIn")}
            </Button>
          )}
        </Toolbar>
      </AppBar>
      <Box
        component="main"
        id="content"
        sx={{ flex: 1, display: "flex", flexDirection: "column", minWidth: 0 }}
      >
        {children}
      </Box>
    </Box>
  );
}
