import Alert from "@mui/material/Alert";
import Button from "@mui/material/Button";
import { Suspense, useState } from "react";
import { Navigate, Link as RouterLink, useLocation, useSearchParams } from "react-router";
import { ApiProblem } from "../api/client";
import { safeTarget, useMe, useSignIn, useSignUp } from "../api/session";
import { currentLanguage } from "../i18n";
import { useText } from "../i18n/useText";
import { Field } from "../ui/Field";
import { later } from "../ui/later";
import { AuthCard } from "./AuthCard";
import { CredentialsCard } from "./CredentialsCard";

const SendAgain = later(() => import("./SendAgain"));

export default function SignUp() {
  const t = useText();
  const [params] = useSearchParams();
  const { search, hash } = useLocation();
  const me = useMe();
  const signUp = useSignUp();
  const signIn = useSignIn();
  const [name, setName] = useState("");
  if (me.data) return <Navigate to={safeTarget(params.get("to"), hash)} replace />;
  // also where there was an account already: the service does not say so, a mail to its owner does
  const isMailed =
    signIn.error instanceof ApiProblem &&
    ["email_not_verified", "wrong_credentials"].includes(signIn.error.code);
  if (isMailed && signIn.variables) {
    const { email } = signIn.variables;
    return (
      <AuthCard title={t("auth.checkMail")}>
        <Alert severity="info">{t("auth.mailSent", { email })}</Alert>
        <Suspense>
          <SendAgain email={email} />
        </Suspense>
        <Button component={RouterLink} to={{ pathname: "/sign-in", search, hash }}>
          {t("auth.signIn")}
        </Button>
      </AuthCard>
    );
  }
  return (
    <CredentialsCard
      isNew
      title={t("auth.signUp")}
      explanation={t("auth.signUpExplanation")}
      other={{ question: t("auth.haveAccount"), label: t("auth.signIn"), path: "/sign-in" }}
      errors={[signUp.error, signIn.error]}
      isPending={signUp.isPending || signIn.isPending}
      onSubmit={(email, password) =>
        signUp.mutate(
          { name, email, password, language: currentLanguage() },
          { onSuccess: () => signIn.mutate({ email, password, remember: true }) },
        )
      }
      first={
        <Field
          autoFocus
          label={t("auth.name")}
          autoComplete="name"
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
      }
    />
  );
}
