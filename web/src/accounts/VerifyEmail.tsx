import Alert from "@mui/material/Alert";
import Button from "@mui/material/Button";
import Skeleton from "@mui/material/Skeleton";
import Typography from "@mui/material/Typography";
import { useQuery } from "@tanstack/react-query";
import { Link, useLocation } from "react-router";
import { api, ok } from "../api/client";
import { tokenOfAddress } from "../api/session";
import { useText } from "../i18n/useText";
import { ProblemAlert } from "../ui/ProblemAlert";
import { AuthCard } from "./AuthCard";
import { MailedLink } from "./MailedLink";

export default function VerifyEmail() {
  const t = useText();
  const token = tokenOfAddress(useLocation().hash);
  return (
    <AuthCard title={t("auth.verify")}>
      <MailedLink
        purpose="verify_email"
        token={token}
        over={<Typography>{t("auth.linkOverVerify")}</Typography>}
      >
        <Verified token={token} />
      </MailedLink>
      <Button component={Link} to="/projects" variant="contained">
        {t("auth.continue")}
      </Button>
    </AuthCard>
  );
}

function Verified({ token }: { token: string }) {
  const t = useText();
  const verified = useQuery({
    queryKey: ["verify", token],
    staleTime: Number.POSITIVE_INFINITY, // a link is good for one use
    retry: false,
    queryFn: () => ok(api.POST("/api/v1/auth/verify", { body: { token } })),
  });
  if (verified.isError) return <ProblemAlert error={verified.error} />;
  if (!verified.data) return <Skeleton height={48} />;
  return <Alert severity="success">{t("auth.verified", { email: verified.data.email })}</Alert>;
}
