import Badge from "@mui/material/Badge";
import Box from "@mui/material/Box";
import Button from "@mui/material/Button";
import IconButton from "@mui/material/IconButton";
import Popover from "@mui/material/Popover";
import Stack from "@mui/material/Stack";
import Typography from "@mui/material/Typography";
import { useState } from "react";
import { useText } from "../i18n/useText";
import { formatDate } from "./format";
import { BellIcon } from "./icons";
import { clearNotifications, markAllRead, notifications } from "./notifications";
import { useStore } from "./store";

/** The bell in the bar: everything that was said during this visit. */
export default function NotificationsMenu() {
  const t = useText();
  const all = useStore(notifications);
  const [anchor, setAnchor] = useState<HTMLElement | null>(null);
  const unread = all.filter((each) => !each.isRead).length;
  return (
    <>
      <IconButton
        color="inherit"
        aria-label={t("notifications.open", { count: unread })}
        aria-haspopup="dialog"
        onClick={(event) => {
          setAnchor(event.currentTarget);
          markAllRead();
        }}
      >
        <Badge badgeContent={unread} color="error" max={99}>
          <BellIcon />
        </Badge>
      </IconButton>
      <Popover
        open={anchor !== null}
        anchorEl={anchor}
        onClose={() => setAnchor(null)}
        anchorOrigin={{ vertical: "bottom", horizontal: "right" }}
        transformOrigin={{ vertical: "top", horizontal: "right" }}
        slotProps={{ paper: { role: "dialog", "aria-label": t("notifications.title") } as object }}
      >
        <Box sx={{ width: 360, maxWidth: "92vw", p: 2 }}>
          <Stack direction="row" sx={{ justifyContent: "space-between", alignItems: "center", mb: 1 }}>
            <Typography variant="h3">{t("notifications.title")}</Typography>
            {all.length > 0 && (
              <Button size="small" onClick={clearNotifications}>
                {t("notifications.clear")}
              </Button>
            )}
          </Stack>
          {all.length === 0 && <Typography color="text.secondary">{t("notifications.none")}</Typography>}
          <Stack
            component="ul"
            spacing={1}
            sx={{ m: 0, p: 0, listStyle: "none", maxHeight: 400, overflowY: "auto" }}
          >
            {all.map((each) => (
              <Box
                component="li"
                key={each.id}
                sx={{ borderLeft: 3, borderColor: `${each.severity}.main`, pl: 1.5 }}
              >
                <Typography variant="body2">{each.message}</Typography>
                <Typography variant="caption" color="text.secondary">
                  {formatDate(each.at)}
                </Typography>
              </Box>
            ))}
          </Stack>
        </Box>
      </Popover>
    </>
  );
}
