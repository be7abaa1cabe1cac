import MenuItem from "@mui/material/MenuItem";
import TextField from "@mui/material/TextField";
import { NOTIFY_BY, notifyBy } from "../api/preferences";
import type { Me } from "../api/session";
import { useText } from "../i18n/useText";
import { Section } from "../ui/Section";
import { useChangeMe } from "./changeMe";

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
