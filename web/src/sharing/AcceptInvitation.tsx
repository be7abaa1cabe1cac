import Button from "@mui/material/Button";
import Skeleton from "@mui/material/Skeleton";
import Typography from "@mui/material/Typography";
import { useQuery } from "@tanstack/react-query";
import { Link, Navigate, useLocation } from "react-router";
import { AuthCard } from "../accounts/AuthCard";
import { MailedLink } from "../accounts/MailedLink";
import { api, ok } from "../api/client";
import { storedHash, tokenOfAddress } from "../api/session";
import { useText } from "../i18n/useText";
import { ProblemAlert } from "../ui/ProblemAlert";

/** Where the link of an invitation leads. */
export default function AcceptInvitation() {
  const t = useText();
  const { hash } = useLocation();
  const token = tokenOfAddress(hash || storedHash());
  return (
    <AuthCard title={t("sharing.invitation")}>
      <MailedLink
        purpose="invitation"
        token={token}
        over={<Typography>{t("auth.linkOverInvitation")}</Typography>}
      >
        <Joined token={token} />
      </MailedLink>
      <Button component={Link} to="/projects">
        {t("projects.title")}
      </Button>
    </AuthCard>
  );
}

function Joined({ token }: { token: string }) {
  const joined = useQuery({
    queryKey: ["invitation", token],
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
    queryFn: () => ok(api.POST("/api/v1/invitations/accept", { body: { token } })),
  });
  if (joined.data) return <Navigate to={`/projects/${joined.data.project_id}`} replace />;
  return joined.isError ? <ProblemAlert error={joined.error} /> : <Skeleton height={48} />;
}
