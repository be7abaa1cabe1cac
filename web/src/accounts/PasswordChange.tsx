import Button from "@mui/material/Button";
import Stack from "@mui/material/Stack";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { api, ok } from "../api/client";
import { text } from "../i18n";
import { useText } from "../i18n/useText";
import { notify } from "../store/notifications";
import { Section } from "../ui/Section";
import { PasswordField } from "./PasswordField";

export function PasswordChange() {
  const t = useText();
  const [current, setCurrent] = useState("");
  const [next, setNext] = useState("");
  const change = useMutation({
    mutationFn: () =>
      ok(api.POST("/api/v1/auth/password", { body: { current_password: current, new_password: next } })),
    onSuccess: () => {
      setCurrent("");
      setNext("");
      notify("success", text("auth.passwordChanged"));
    },
  });
  return (
    <Section title={t("settings.password")} explanation={t("settings.passwordExplanation")}>
      <Stack
        component="form"
        spacing={2}
        onSubmit={(event) => {
          event.preventDefault();
          change.mutate();
        }}
      >
        <PasswordField
          label={t("settings.currentPassword")}
          value={current}
          onChange={(event) => setCurrent(event.target.value)}
        />
        <PasswordField
          isNew
          label={t("auth.newPassword")}
          helperText={t("auth.passwordRule")}
          value={next}
          onChange={(event) => setNext(event.target.value)}
        />
        <Button type="submit" variant="contained" sx={{ alignSelf: "start" }} loading={change.isPending}>
          {t("settings.changePassword")}
        </Button>
      </Stack>
    </Section>
  );
}
