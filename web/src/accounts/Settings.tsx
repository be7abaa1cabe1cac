import Button from "@mui/material/Button";
import MenuItem from "@mui/material/MenuItem";
import Stack from "@mui/material/Stack";
import { useColorScheme } from "@mui/material/styles";
import TextField from "@mui/material/TextField";
import { useState } from "react";
import { type Me, useMe } from "../api/session";
import { changeLanguage, currentLanguage, LANGUAGES, type Language, text } from "../i18n";
import { useText } from "../i18n/useText";
import { notify } from "../store/notifications";
import { DownloadIcon } from "../ui/icons";
import { Page } from "../ui/Page";
import { PageSkeleton } from "../ui/PageSkeleton";
import { Section } from "../ui/Section";
import { SectionColumns } from "../ui/SectionColumns";
import { useChangeMe } from "./changeMe";
import { DeleteAccount } from "./DeleteAccount";
import { EmailChange } from "./EmailChange";
import { Notifications } from "./Notifications";
import { PasswordChange } from "./PasswordChange";
import { Sessions } from "./Sessions";
import { Tokens } from "./Tokens";

export default function Settings() {
  const t = useText();
  const me = useMe();
  if (!me.data) return <PageSkeleton />;
  return (
    <Page title={t("settings.title")} maxWidth={1400}>
      <SectionColumns>
        <Profile key={me.data.version} me={me.data} />
        <Appearance me={me.data} />
        <Notifications me={me.data} />
        {me.data.has_password && <EmailChange />}
        {me.data.has_password && <PasswordChange />}
        <Sessions />
        <Tokens />
        <Section title={t("settings.data")} explanation={t("settings.dataExplanation")}>
          <Button startIcon={<DownloadIcon />} href="/api/v1/users/me/data" download>
            {t("settings.downloadData")}
          </Button>
        </Section>
        <DeleteAccount me={me.data} />
      </SectionColumns>
    </Page>
  );
}

function Profile({ me }: { me: Me }) {
  const t = useText();
  const change = useChangeMe(me);
  const [name, setName] = useState(me.name);
  const [organisation, setOrganisation] = useState(me.organisation);
  return (
    <Section title={t("settings.profile")}>
      <Stack
        component="form"
        spacing={2}
        onSubmit={(event) => {
          event.preventDefault();
          change.mutate({ name, organisation }, { onSuccess: () => notify("success", text("app.saved")) });
        }}
      >
        <TextField label={t("auth.email")} value={me.email} disabled />
        <TextField
          label={t("auth.name")}
          autoComplete="name"
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
        <TextField
          label={t("settings.organisation")}
          autoComplete="organization"
          value={organisation}
          onChange={(event) => setOrganisation(event.target.value)}
        />
        <Button type="submit" variant="contained" sx={{ alignSelf: "start" }} loading={change.isPending}>
          {t("app.save")}
        </Button>
      </Stack>
    </Section>
  );
}

function Appearance({ me }: { me: Me }) {
  const t = useText();
  const change = useChangeMe(me);
  const { mode, setMode } = useColorScheme();
  return (
    <Section title={t("settings.appearance")}>
      <Stack direction={{ xs: "column", sm: "row" }} spacing={2}>
        <TextField
          select
          label={t("settings.language")}
          value={currentLanguage()}
          onChange={(event) => {
            void changeLanguage(event.target.value as Language);
            change.mutate({ language: event.target.value });
          }}
        >
          {Object.entries(LANGUAGES).map(([code, name]) => (
            <MenuItem key={code} value={code} lang={code}>
              {name}
            </MenuItem>
          ))}
        </TextField>
        <TextField
          select
          label={t("settings.theme")}
          value={mode ?? "system"}
          onChange={(event) => setMode(event.target.value as "light" | "dark" | "system")}
        >
          <MenuItem value="system">{t("settings.themeSystem")}</MenuItem>
          <MenuItem value="light">{t("settings.themeLight")}</MenuItem>
          <MenuItem value="dark">{t("settings.themeDark")}</MenuItem>
        </TextField>
      </Stack>
    </Section>
  );
}
