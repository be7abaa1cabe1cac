import Alert from "@mui/material/Alert";
import Button from "@mui/material/Button";
import Stack from "@mui/material/Stack";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { Link, useLocation } from "react-router";
import { api, ok } from "../api/client";
import { tokenOfAddress } from "../api/session";
import { useText } from "../i18n/useText";
import { ProblemAlert } from "../ui/ProblemAlert";
import { AuthCard } from "./AuthCard";
import { MailedLink } from "./MailedLink";
import { PasswordField } from "./PasswordField";

export default function ResetPassword() {
  const t = useText();
  const token = tokenOfAddress(useLocation().hash);
  const [password, setPassword] = useState("");
  const reset = useMutation({
    meta: { isQuiet: true },
    mutationFn: () => ok(api.POST("/api/v1/auth/password/reset", { body: { token, password } })),
  });
  return (
    <AuthCard title={t("auth.newPassword")}>
      <MailedLink
        purpose="reset_password"
        token={token}
        over={
          <Button component={Link} to="/forgot-password" variant="contained">
            {t("auth.sendLink")}
          </Button>
        }
      >
        {reset.isError && <ProblemAlert error={reset.error} />}
        {reset.isSuccess ? (
          <>
            <Alert severity="success">{t("auth.passwordChanged")}</Alert>
            <Button component={Link} to="/sign-in" variant="contained">
              {t("auth.signIn")}
            </Button>
          </>
        ) : (
          <Stack
            component="form"
            spacing={2}
            onSubmit={(event) => {
              event.preventDefault();
              reset.mutate();
            }}
          >
            <PasswordField
              isNew
              autoFocus
              label={t("auth.newPassword")}
              helperText={t("auth.passwordRule")}
              value={password}
              onChange={(event) => setPassword(event.target.value)}
            />
            <Button type="submit" variant="contained" loading={reset.isPending}>
              {t("app.save")}
            </Button>
          </Stack>
        )}
      </MailedLink>
    </AuthCard>
  );
}
