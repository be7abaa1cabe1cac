import Button from "@mui/material/Button";
import Checkbox from "@mui/material/Checkbox";
import FormControlLabel from "@mui/material/FormControlLabel";
import Link from "@mui/material/Link";
import Stack from "@mui/material/Stack";
import Typography from "@mui/material/Typography";
import { lazy, Suspense, useState } from "react";
import { Navigate, Link as RouterLink, useLocation, useSearchParams } from "react-router";
import { safeTarget, useMe, useSignIn } from "../api/session";
import { useText } from "../i18n/useText";
import { Field } from "../ui/Field";
import { ProblemAlert } from "../ui/ProblemAlert";
import { AuthCard } from "./AuthCard";
import { PasswordField } from "./PasswordField";

const Providers = lazy(() => import("./Providers"));

export default function SignIn() {
  const t = useText();
  const [params] = useSearchParams();
  const { search, hash } = useLocation();
  const me = useMe();
  const signIn = useSignIn();
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [remember, setRemember] = useState(true);
  if (me.data) return <Navigate to={safeTarget(params.get("to"), hash)} replace />;
  return (
    <AuthCard
      title={t("auth.signIn")}
      below={
        <Typography variant="body2">
          {t("auth.noAccount")}{" "}
          <Link component={RouterLink} to={{ pathname: "/sign-up", search, hash }}>
            {t("auth.signUp")}
          </Link>
        </Typography>
      }
    >
      {signIn.isError && <ProblemAlert error={signIn.error} />}
      <Stack
        component="form"
        spacing={2}
        onSubmit={(event) => {
          event.preventDefault();
          signIn.mutate({ email, password, remember });
        }}
      >
        <Field
          autoFocus
          required
          type="email"
          autoComplete="email"
          label={t("auth.email")}
          value={email}
          onChange={(event) => setEmail(event.target.value)}
        />
        <PasswordField value={password} onChange={(event) => setPassword(event.target.value)} />
        <FormControlLabel
          control={<Checkbox checked={remember} onChange={(event) => setRemember(event.target.checked)} />}
          label={t("auth.remember")}
        />
        <Button type="submit" variant="contained" size="large" loading={signIn.isPending}>
          {t("auth.signIn")}
        </Button>
        <Link component={RouterLink} to="/forgot-password" variant="body2">
          {t("auth.forgot")}
        </Link>
      </Stack>
      <Suspense>
        <Providers />
      </Suspense>
    </AuthCard>
  );
}
