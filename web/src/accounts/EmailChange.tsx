import Alert from "@mui/material/Alert";
import Button from "@mui/material/Button";
import Stack from "@mui/material/Stack";
import TextField from "@mui/material/TextField";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { api, ok } from "../api/client";
import { useText } from "../i18n/useText";
import { ProblemAlert } from "../ui/ProblemAlert";
import { Section } from "../ui/Section";
import { PasswordField } from "./PasswordField";

/** Asks for another address; it counts when the link that is mailed there is opened. */
export function EmailChange() {
  const t = useText();
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const change = useMutation({
    meta: { isQuiet: true },
    mutationFn: (body: { email: string; password: string }) =>
      ok(api.PUT("/api/v1/users/me/email", { body })),
    onSuccess: () => {
      setEmail("");
      setPassword("");
    },
  });
  return (
    <Section title={t("settings.changeEmail")} explanation={t("settings.changeEmailExplanation")}>
      {change.isError && <ProblemAlert error={change.error} />}
      {change.isSuccess && (
        <Alert severity="info" sx={{ mb: 2 }}>
          {t("auth.mailSent", { email: change.variables.email })}
        </Alert>
      )}
      <Stack
        component="form"
        spacing={2}
        onSubmit={(event) => {
          event.preventDefault();
          change.mutate({ email, password });
        }}
      >
        <TextField
          required
          type="email"
          autoComplete="email"
          label={t("settings.newEmail")}
          value={email}
          onChange={(event) => setEmail(event.target.value)}
        />
        <PasswordField
          label={t("settings.currentPassword")}
          value={password}
          onChange={(event) => setPassword(event.target.value)}
        />
        <Button type="submit" variant="contained" sx={{ alignSelf: "start" }} loading={change.isPending}>
          {t("auth.sendLink")}
        </Button>
      </Stack>
    </Section>
  );
}
