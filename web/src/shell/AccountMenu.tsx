import Divider from "@mui/material/Divider";
import ListItemIcon from "@mui/material/ListItemIcon";
import Menu from "@mui/material/Menu";
import MenuItem from "@mui/material/MenuItem";
import { useColorScheme } from "@mui/material/styles";
import Typography from "@mui/material/Typography";
import { Link } from "react-router";
import { useMe, useSignOut } from "../api/session";
import { useText } from "../i18n/useText";
import { FolderIcon, LogoutIcon, MoonIcon, SettingsIcon, ShieldIcon, SunIcon } from "../ui/icons";

export default function AccountMenu({
  anchor,
  onClose: close,
}: {
  anchor: HTMLElement;
  onClose: () => void;
}) {
  const t = useText();
  const me = useMe();
  const signOut = useSignOut();
  const { mode, systemMode, setMode } = useColorScheme();
  const isDark = (mode === "system" ? systemMode : mode) === "dark";
  return (
    <Menu open anchorEl={anchor} onClose={close}>
      <Typography
        component="li"
        variant="body2"
        color="textSecondary"
        sx={{ px: 2, py: 0.5, maxWidth: 280, overflowWrap: "anywhere" }}
      >
        {me.data?.email}
      </Typography>
      <Divider component="li" />
      <MenuItem component={Link} to="/projects" onClick={close}>
        <ListItemIcon>
          <FolderIcon />
        </ListItemIcon>
        {t("projects.title")}
      </MenuItem>
      <MenuItem component={Link} to="/settings" onClick={close}>
        <ListItemIcon>
          <SettingsIcon />
        </ListItemIcon>
        {t("account.settings")}
      </MenuItem>
      {me.data?.role === "admin" && (
        <MenuItem component={Link} to="/admin" onClick={close}>
          <ListItemIcon>
            <ShieldIcon />
          </ListItemIcon>
          {t("account.admin")}
        </MenuItem>
      )}
      <MenuItem onClick={() => setMode(isDark ? "light" : "dark")}>
        <ListItemIcon>{isDark ? <SunIcon /> : <MoonIcon />}</ListItemIcon>
        {t(isDark ? "account.light" : "account.dark")}
      </MenuItem>
      <MenuItem
        onClick={() => {
          close();
          signOut.mutate();
        }}
      >
        <ListItemIcon>
          <LogoutIcon />
        </ListItemIcon>
        {t("auth.signOut")}
      </MenuItem>
    </Menu>
  );
}
