import Box from "@mui/material/Box";
import Button from "@mui/material/Button";
import Link from "@mui/material/Link";
import Popover from "@mui/material/Popover";
import Stack from "@mui/material/Stack";
import Typography from "@mui/material/Typography";
import { useEffect, useState } from "react";
import { Link as RouterLink } from "react-router";
import { loadAllTexts, type TextKey, text } from "../i18n";
import { useText } from "../i18n/useText";
import { clearNotifications, type Notification, notifications } from "../store/notifications";
import { useStore } from "../store/store";
import { formatDate } from "../ui/format";

type Speak = (sentence: string) => string;

/** In the language that is spoken now; a reason of the service needs what the pages of a project have, and comes a moment later. */
function messageIn({ message, wording }: Notification, speak: Speak | null): string {
  if (!wording) return message;
  const { reason } = wording.values;
  if (typeof reason !== "string") return text(wording.key as TextKey, wording.values);
  return speak ? text(wording.key as TextKey, { ...wording.values, reason: speak(reason) }) : message;
}

/** Everything that was said during this visit, and what happened before it, with where to see it. */
export default function NotificationsMenu({ anchor, onClose }: { anchor: HTMLElement; onClose: () => void }) {
  const t = useText();
  const all = useStore(notifications);
  const [speak, setSpeak] = useState<Speak | null>(null);
  const hasReasons = all.some((each) => each.wording?.values.reason !== undefined);
  useEffect(() => {
    if (!hasReasons) return;
    Promise.all([import("../api/sentences"), loadAllTexts()])
      .then(([{ spoken }]) => setSpeak(() => spoken))
      .catch(() => undefined); // what stands there is then in the language of that day
  }, [hasReasons]);
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
                  {messageIn(each, speak)}
                </Link>
              ) : (
                <Typography variant="body2">{messageIn(each, speak)}</Typography>
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
