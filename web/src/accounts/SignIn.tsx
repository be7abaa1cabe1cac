import Box from "@mui/material/Box";
import Link from "@mui/material/Link";
import { type ChangeEvent, Suspense, useState } from "react";
import { Navigate, Link as RouterLink, useLocation, useSearchParams } from "react-router";
import { ApiProblem } from "../api/client";
import { safeTarget, useMe, useSignIn } from "../api/session";
import { useText } from "../i18n/useText";
import { later } from "../ui/later";
import { CredentialsCard } from "./CredentialsCard";

const Providers = later(() => import("./Providers"));
const SendAgain = later(() => import("./SendAgain"));

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
        // MUI's own weigh more than all of this page
        <Box
          component="label"
          sx={{ display: "flex", alignItems: "center", alignSelf: "start", cursor: "pointer" }}
        >
          <Box
            component="input"
            type="checkbox"
            checked={remember}
            onChange={(event: ChangeEvent<HTMLInputElement>) => setRemember(event.target.checked)}
            sx={{
              accentColor: (theme) => theme.vars?.palette.primary.main,
              width: 18,
              height: 18,
              m: 1.5,
              ml: 0,
            }}
          />
          {t("auth.remember")}
        </Box>
      }
      below={
        <>
          {isUnconfirmed && signIn.variables && (
            <Suspense>
              <SendAgain key={signIn.variables.email} email={signIn.variables.email} />
            </Suspense>
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
