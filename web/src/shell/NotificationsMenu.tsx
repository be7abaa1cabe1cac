import Box from "@mui/material/Box";
import Button from "@mui/material/Button";
import Link from "@mui/material/Link";
import Popover from "@mui/material/Popover";
import Stack from "@mui/material/Stack";
import Typography from "@mui/material/Typography";
import { Link as RouterLink } from "react-router";
import { useText } from "../i18n/useText";
import { clearNotifications, notifications } from "../store/notifications";
import { useStore } from "../store/store";
import { formatDate } from "../ui/format";

/** Everything that was said during this visit, and what happened before it, with where to see it. */
export default function NotificationsMenu({ anchor, onClose }: { anchor: HTMLElement; onClose: () => void }) {
  const t = useText();
  const all = useStore(notifications);
  return (
    <Popover
      open
      anchorEl={anchor}
      onClose={onClose}
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
        {all.length === 0 && <Typography color="textSecondary">{t("notifications.none")}</Typography>}
        <Stack
          component="ul"
          spacing={1}
          sx={{ m: 0, p: 0, listStyle: "none", maxHeight: 400, overflowY: "auto" }}
        >
          {all.map((each) => (
            <Box
              component="li"
              key={each.id}
              sx={{ overflowWrap: "anywhere", borderLeft: 3, borderColor: `${each.severity}.main`, pl: 1.5 }}
            >
              {each.href ? (
                <Link component={RouterLink} to={each.href} variant="body2" onClick={onClose}>
                  {each.message}
                </Link>
              ) : (
                <Typography variant="body2">{each.message}</Typography>
              )}
              <Typography variant="caption" color="textSecondary" sx={{ display: "block" }}>
                {formatDate(each.at)}
              </Typography>
            </Box>
          ))}
        </Stack>
      </Box>
    </Popover>
  );
}
