import Checkbox from "@mui/material/Checkbox";
import FormControlLabel from "@mui/material/FormControlLabel";
import Link from "@mui/material/Link";
import { Suspense, useState } from "react";
import { Navigate, Link as RouterLink, useLocation, useSearchParams } from "react-router";
import { ApiProblem } from "../api/client";
import { safeTarget, useMe, useSignIn } from "../api/session";
import { useText } from "../i18n/useText";
import { later } from "../ui/later";
import { CredentialsCard } from "./CredentialsCard";
import { SendAgain } from "./SendAgain";

const Providers = later(() => import("./Providers"));

export default function SignIn() {
  const t = useText();
  const [params] = useSearchParams();
  const { hash } = useLocation();
  const me = useMe();
  const signIn = useSignIn();
  const [remember, setRemember] = useState(true);
  // a provider of sign-in sends people back with a code of what went wrong there
  const problem = params.get("problem");
  const elsewhere = problem ? new ApiProblem(0, problem, "") : null;
  if (me.data) return <Navigate to={safeTarget(params.get("to"), hash)} replace />;
  const isUnconfirmed = signIn.error instanceof ApiProblem && signIn.error.code === "email_not_verified";
  return (
    <CredentialsCard
      title={t("auth.signIn")}
      other={{ question: t("auth.noAccount"), label: t("auth.signUp"), path: "/sign-up" }}
      errors={[signIn.error ?? elsewhere]}
      isPending={signIn.isPending}
      onSubmit={(email, password) => signIn.mutate({ email, password, remember })}
      last={
        <FormControlLabel
          control={<Checkbox checked={remember} onChange={(event) => setRemember(event.target.checked)} />}
          label={t("auth.remember")}
        />
      }
      below={
        <>
          {isUnconfirmed && signIn.variables && (
            <SendAgain key={signIn.variables.email} email={signIn.variables.email} />
          )}
          <Link component={RouterLink} to="/forgot-password" variant="body2">
            {t("auth.forgot")}
          </Link>
          <Suspense>
            <Providers />
          </Suspense>
        </>
      }
    />
  );
}
