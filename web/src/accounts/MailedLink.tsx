import Alert from "@mui/material/Alert";
import Skeleton from "@mui/material/Skeleton";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { api, ok, type Schemas } from "../api/client";
import { useText } from "../i18n/useText";
import { ProblemAlert } from "../ui/ProblemAlert";

const WHOLE = /^[\w-]{20,200}$/;

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
  const isWhole = WHOLE.test(token);
  const link = useQuery({
    queryKey: ["link", purpose, token],
    staleTime: Number.POSITIVE_INFINITY, // what uses it up says so itself
    enabled: isWhole,
    queryFn: () => ok(api.POST("/api/v1/auth/link", { body: { purpose, token } })),
  });
  if (!isWhole) return <Alert severity="error">{t("auth.linkBroken")}</Alert>;
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
