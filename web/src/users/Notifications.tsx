import MenuItem from "@mui/material/MenuItem";
import TextField from "@mui/material/TextField";
import type { Me } from "../auth/session";
import { useText } from "../i18n/useText";
import { Section } from "../ui/Section";
import { useChangeMe } from "./changeMe";
import { NOTIFY_BY, notifyBy } from "./preferences";

/** What one is told of, and how. */
export function Notifications({ me }: { me: Me }) {
  const t = useText();
  const change = useChangeMe(me);
  return (
    <Section title={t("settings.notifications")}>
      <TextField
        select
        label={t("settings.notifyRun")}
        value={notifyBy(me.preferences)}
        onChange={(event) =>
          change.mutate({ preferences: { ...me.preferences, notify_run_finished: event.target.value } })
        }
      >
        {NOTIFY_BY.map((each) => (
          <MenuItem key={each} value={each}>
            {t(`settings.notify_${each}`)}
          </MenuItem>
        ))}
      </TextField>
    </Section>
  );
}
