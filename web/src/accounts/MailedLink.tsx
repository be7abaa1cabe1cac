import Alert from "@mui/material/Alert";
import Skeleton from "@mui/material/Skeleton";
import type { ReactNode } from "react";
import type { Schemas } from "../api/client";
import { useText } from "../i18n/useText";
import { ProblemAlert } from "../ui/ProblemAlert";
import { isWhole, useMailedLink } from "./mailedLinkState";

interface Props {
  purpose: Schemas["MailedLink"]["purpose"];
  token: string;
  /** What can be done when the link holds no more. */
  over?: ReactNode;
  /** What the link is for. */
  children: ReactNode;
}

/** What a mailed link leads to, or in plain words why it does not: before anybody types something for nothing. */
export function MailedLink({ purpose, token, over, children }: Props) {
  const t = useText();
  const link = useMailedLink(purpose, token);
  if (!isWhole(token)) {
    return (
      <>
        <Alert severity="error">{t("auth.linkBroken")}</Alert>
        {over}
      </>
    );
  }
  if (link.isError) return <ProblemAlert error={link.error} onRetry={() => link.refetch()} />;
  if (!link.data) return <Skeleton height={48} />;
  if (link.data.holds) return children;
  return (
    <>
      <Alert severity="error">{t("auth.linkOver")}</Alert>
      {over}
    </>
  );
}
