import Button from "@mui/material/Button";
import Skeleton from "@mui/material/Skeleton";
import { useQuery } from "@tanstack/react-query";
import { Link, Navigate, useLocation } from "react-router";
import { AuthCard } from "../accounts/AuthCard";
import { api, ok } from "../api/client";
import { storedHash, tokenOfAddress } from "../api/session";
import { useText } from "../i18n/useText";
import { ProblemAlert } from "../ui/ProblemAlert";

/** Where the link of an invitation leads. */
export default function AcceptInvitation() {
  const t = useText();
  const { hash } = useLocation();
  const token = tokenOfAddress(hash || storedHash());
  const joined = useQuery({
    queryKey: ["invitation", token],
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
    queryFn: () => ok(api.POST("/api/v1/invitations/accept", { body: { token } })),
  });
  if (joined.data) return <Navigate to={`/projects/${joined.data.project_id}`} replace />;
  return (
    <AuthCard title={t("sharing.invitation")}>
      {joined.isPending && <Skeleton height={48} />}
      {joined.isError && <ProblemAlert error={joined.error} />}
      <Button component={Link} to="/projects">
        {t("projects.title")}
      </Button>
    </AuthCard>
  );
}
