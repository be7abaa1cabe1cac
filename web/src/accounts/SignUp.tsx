import Alert from "@mui/material/Alert";
import Button from "@mui/material/Button";
import Link from "@mui/material/Link";
import Stack from "@mui/material/Stack";
import Typography from "@mui/material/Typography";
import { useState } from "react";
import { Navigate, Link as RouterLink, useLocation, useSearchParams } from "react-router";
import { ApiProblem } from "../api/client";
import { safeTarget, useMe, useSignIn, useSignUp } from "../api/session";
import { useText } from "../i18n/useText";
import { Field } from "../ui/Field";
import { ProblemAlert } from "../ui/ProblemAlert";
import { AuthCard } from "./AuthCard";
import { PasswordField } from "./PasswordField";

export default function SignUp() {
  const t = useText();
  const [params] = useSearchParams();
  const { search, hash } = useLocation();
  const me = useMe();
  const signUp = useSignUp();
  const signIn = useSignIn();
  const [name, setName] = useState("");
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  if (me.data) return <Navigate to={safeTarget(params.get("to"), hash)} replace />;
  // also where there was an account already: the service does not say so, a mail to its owner does
  const isTold =
    signIn.error instanceof ApiProblem &&
    ["email_not_verified", "wrong_credentials"].includes(signIn.error.code);
  if (isTold) {
    return (
      <AuthCard title={t("auth.checkMail")}>
        <Alert severity="info">{t("auth.mailSent", { email })}</Alert>
        <Button component={RouterLink} to={{ pathname: "/sign-in", search, hash }}>
          {t("auth.signIn")}
        </Button>
      </AuthCard>
    );
  }
  return (
    <AuthCard
      title={t("auth.signUp")}
      explanation={t("auth.signUpExplanation")}
      below={
        <Typography variant="body2">
          {t("auth.haveAccount")}{" "}
          <Link component={RouterLink} to={{ pathname: "/sign-in", search, hash }}>
            {t("auth.signIn")}
          </Link>
        </Typography>
      }
    >
      {signUp.isError && <ProblemAlert error={signUp.error} />}
      {signIn.isError && <ProblemAlert error={signIn.error} />}
      <Stack
        component="form"
        spacing={2}
        onSubmit={(event) => {
          event.preventDefault();
          signUp.mutate(
            { name, email, password },
            { onSuccess: () => signIn.mutate({ email, password, remember: true }) },
          );
        }}
      >
        <Field
          autoFocus
          label={t("auth.name")}
          autoComplete="name"
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
        <Field
          required
          type="email"
          label={t("auth.email")}
          autoComplete="email"
          value={email}
          onChange={(event) => setEmail(event.target.value)}
        />
        <PasswordField
          isNew
          helperText={t("auth.passwordRule")}
          value={password}
          onChange={(event) => setPassword(event.target.value)}
        />
        <Button type="submit" variant="contained" size="large" loading={signUp.isPending || signIn.isPending}>
          {t("auth.signUp")}
        </Button>
      </Stack>
    </AuthCard>
  );
}
