import Alert from "@mui/material/Alert";
import Button from "@mui/material/Button";
import Skeleton from "@mui/material/Skeleton";
import { useQuery } from "@tanstack/react-query";
import { Link, useLocation } from "react-router";
import { api, ok } from "../api/client";
import { tokenOfAddress } from "../api/session";
import { useText } from "../i18n/useText";
import { ProblemAlert } from "../ui/ProblemAlert";
import { AuthCard } from "./AuthCard";

export default function VerifyEmail() {
  const t = useText();
  const token = tokenOfAddress(useLocation().hash);
  const verified = useQuery({
    queryKey: ["verify", token],
    staleTime: Number.POSITIVE_INFINITY, // a link is good for one use
    retry: false,
    queryFn: () => ok(api.POST("/api/v1/auth/verify", { body: { token } })),
  });
  return (
    <AuthCard title={t("auth.verify")}>
      {verified.isPending && <Skeleton height={48} />}
      {verified.isError && <ProblemAlert error={verified.error} />}
      {verified.isSuccess && (
        <Alert severity="success">{t("auth.verified", { email: verified.data.email })}</Alert>
      )}
      <Button component={Link} to="/projects" variant="contained">
        {t("auth.continue")}
      </Button>
    </AuthCard>
  );
}
