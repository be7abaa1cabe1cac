import Alert from "@mui/material/Alert";
import Button from "@mui/material/Button";
import { useMutation } from "@tanstack/react-query";
import { api, ok } from "../api/client";
import { useText } from "../i18n/useText";
import { ProblemAlert } from "../ui/ProblemAlert";

/** The mail that confirms an address, once more: it may have been lost, or its link is too old. */
export default function SendAgain({ email }: { email: string }) {
  const t = useText();
  const send = useMutation({
    meta: { isQuiet: true },
    mutationFn: () => ok(api.POST("/api/v1/auth/verify/request", { body: { email } })),
  });
  if (send.isSuccess) return <Alert severity="success">{t("auth.sentAgain")}</Alert>;
  return (
    <>
      {send.isError && <ProblemAlert error={send.error} />}
      <Button loading={send.isPending} onClick={() => send.mutate()}>
        {t("auth.sendAgain")}
      </Button>
    </>
  );
}
