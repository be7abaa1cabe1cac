import Alert from "@mui/material/Alert";
import Button from "@mui/material/Button";
import Skeleton from "@mui/material/Skeleton";
import Typography from "@mui/material/Typography";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link, Navigate, useLocation } from "react-router";
import { AuthCard } from "../accounts/AuthCard";
import { MailedLink } from "../accounts/MailedLink";
import { useMailedLink } from "../accounts/mailedLinkState";
import { api, ok } from "../api/client";
import { storedHash, tokenOfAddress, useMe, useSignOut } from "../api/session";
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

/** Joins at once where the invitation went to the account that is open, else asks which one is meant. */
function Joined({ token }: { token: string }) {
  const t = useText();
  const me = useMe();
  const link = useMailedLink("invitation", token);
  const [isMeant, setMeant] = useState(false);
  const signOut = useSignOut(`/sign-in?to=${encodeURIComponent("/invitation")}#token=${token}`);
  if (!me.data) return <Skeleton height={48} />;
  const { email } = me.data;
  const invited = link.data?.email;
  if (isMeant || !invited || invited.toLowerCase() === email.toLowerCase()) return <Joining token={token} />;
  return (
    <>
      <Alert severity="warning" sx={{ overflowWrap: "anywhere" }}>
        {t("auth.invitedAddress", { project: link.data?.project_name ?? "", email: invited })}{" "}
        {t("invitation.signedInAs", { me: email })}
      </Alert>
      <Button variant="contained" loading={signOut.isPending} onClick={() => signOut.mutate()}>
        {t("invitation.useOther")}
      </Button>
      <Button variant="outlined" sx={{ overflowWrap: "anywhere" }} onClick={() => setMeant(true)}>
        {t("invitation.joinAs", { me: email })}
      </Button>
    </>
  );
}

function Joining({ token }: { token: string }) {
  const joined = useQuery({
    queryKey: ["invitation", token],
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
    queryFn: () => ok(api.POST("/api/v1/invitations/accept", { body: { token } })),
  });
  if (joined.data) return <Navigate to={`/projects/${joined.data.project_id}`} replace />;
  return joined.isError ? <ProblemAlert error={joined.error} /> : <Skeleton height={48} />;
}
