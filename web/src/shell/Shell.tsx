import AppBar from "@mui/material/AppBar";
import Box from "@mui/material/Box";
import Button from "@mui/material/Button";
import IconButton from "@mui/material/IconButton";
import Link from "@mui/material/Link";
import Stack from "@mui/material/Stack";
import Toolbar from "@mui/material/Toolbar";
import Typography from "@mui/material/Typography";
import { type ReactNode, useEffect } from "react";
import { Link as RouterLink, useLocation } from "react-router";
import { useMe } from "../api/session";
import { currentLanguage, LANGUAGES } from "../i18n";
import { useText } from "../i18n/useText";
import { markAllRead, notifications } from "../store/notifications";
import { useStore } from "../store/store";
import { BellIcon, BrandIcon, HelpIcon, KeyboardIcon, PersonIcon } from "../ui/icons";
import { later } from "../ui/later";
import { MenuButton } from "../ui/MenuButton";
import { whenIdle } from "../ui/whenIdle";
import { helpOf } from "./helpOf";
import { Live } from "./Live";

const loadAccount = () => import("./AccountMenu");
const loadNotifications = () => import("./NotificationsMenu");
const AccountMenu = later(loadAccount);
const LanguageMenu = later(() => import("./LanguageMenu"));
const NotificationsMenu = later(loadNotifications);

interface Props {
  children: ReactNode;
  onHelp: () => void;
}

/** The frame of every page: the bar, what everybody hears, the page itself. */
export function Shell({ children, onHelp }: Props) {
  const t = useText();
  const me = useMe();
  const unread = useStore(notifications).filter((each) => !each.isRead).length;
  const language = LANGUAGES[currentLanguage()];
  const { pathname } = useLocation();
  const isSigningIn = pathname === "/sign-in";
  const isSignedIn = Boolean(me.data);
  useEffect(() => {
    // by the time they are opened the network may be away
    if (!isSignedIn) return undefined;
    return whenIdle(() => void Promise.allSettled([loadAccount(), loadNotifications()]));
  }, [isSignedIn]);
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
          <IconButton
            color="inherit"
            component={RouterLink}
            to={helpOf(pathname)}
            title={t("help.title")}
            aria-label={t("help.title")}
          >
            <HelpIcon />
          </IconButton>
          <IconButton
            color="inherit"
            onClick={onHelp}
            title={`${t("shortcuts.title")} (?)`}
            aria-label={t("shortcuts.title")}
            sx={{ display: { xs: "none", sm: "inline-flex" } }} // telephones have no keys
          >
            <KeyboardIcon />
          </IconButton>
          {me.data ? (
            <>
              <MenuButton
                popup="dialog"
                label={t("notifications.open", { count: unread })}
                onOpen={markAllRead}
                menu={(anchor, onClose) => <NotificationsMenu anchor={anchor} onClose={onClose} />}
              >
                <BellIcon />
                {unread > 0 && <Unread count={unread} />}
              </MenuButton>
              <MenuButton
                label={t("account.menu")}
                menu={(anchor, onClose) => <AccountMenu anchor={anchor} onClose={onClose} />}
              >
                <PersonIcon />
              </MenuButton>
            </>
          ) : me.isPending ? null : (
            <MenuButton
              label={`${t("account.language")}: ${language}`}
              menu={(anchor, onClose) => <LanguageMenu anchor={anchor} onClose={onClose} />}
            >
              {language}
            </MenuButton>
          )}
          {!me.isPending && !me.data && !isSigningIn && (
            <Button
              component={RouterLink}
              to="/sign-in"
              variant="outlined"
              size="small"
              sx={{ whiteSpace: "nowrap" }}
            >
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

function Unread({ count }: { count: number }) {
  return (
    <Box
      component="span"
      aria-hidden
      sx={{
        position: "absolute",
        top: 0,
        right: 2,
        minWidth: 16,
        px: 0.5,
        borderRadius: 2,
        fontSize: 11,
        lineHeight: "16px",
        bgcolor: "error.main",
        color: "error.contrastText",
      }}
    >
      {Math.min(99, count)}
    </Box>
  );
}
