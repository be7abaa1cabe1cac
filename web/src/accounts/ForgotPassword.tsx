import Alert from "@mui/material/Alert";
import Button from "@mui/material/Button";
import Link from "@mui/material/Link";
import Stack from "@mui/material/Stack";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { Link as RouterLink } from "react-router";
import { api, ok } from "../api/client";
import { useText } from "../i18n/useText";
import { Field } from "../ui/Field";
import { ProblemAlert } from "../ui/ProblemAlert";
import { AuthCard } from "./AuthCard";

export default function ForgotPassword() {
  const t = useText();
  const [email, setEmail] = useState("");
  const ask = useMutation({
    meta: { isQuiet: true },
    mutationFn: () => ok(api.POST("/api/v1/auth/password/forgot", { body: { email } })),
  });
  return (
    <AuthCard
      title={t("auth.forgot")}
      explanation={t("auth.forgotExplanation")}
      below={
        <Link component={RouterLink} to="/sign-in" variant="body2">
          {t("auth.signIn")}
        </Link>
      }
    >
      {ask.isError && <ProblemAlert error={ask.error} />}
      {ask.isSuccess ? (
        <Alert severity="success">{t("auth.resetSent", { email })}</Alert>
      ) : (
        <Stack
          component="form"
          spacing={2}
          onSubmit={(event) => {
            event.preventDefault();
            ask.mutate();
          }}
        >
          <Field
            autoFocus
            required
            type="email"
            label={t("auth.email")}
            autoComplete="email"
            value={email}
            onChange={(event) => setEmail(event.target.value)}
          />
          <Button type="submit" variant="contained" loading={ask.isPending}>
            {t("auth.sendLink")}
          </Button>
        </Stack>
      )}
    </AuthCard>
  );
}
