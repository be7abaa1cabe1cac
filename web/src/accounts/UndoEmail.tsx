import Alert from "@mui/material/Alert";
import Button from "@mui/material/Button";
import { useMutation } from "@tanstack/react-query";
import { Link, useLocation } from "react-router";
import { api, ok } from "../api/client";
import { tokenOfAddress } from "../api/session";
import { useText } from "../i18n/useText";
import { ProblemAlert } from "../ui/ProblemAlert";
import { AuthCard } from "./AuthCard";
import { MailedLink } from "./MailedLink";

/** The way back for whoever got a mail that the address of their account was changed. */
export default function UndoEmail() {
  const t = useText();
  const token = tokenOfAddress(useLocation().hash);
  const undo = useMutation({
    meta: { isQuiet: true },
    mutationFn: () => ok(api.POST("/api/v1/auth/email/undo", { body: { token } })),
  });
  return (
    <AuthCard
      title={t("auth.undoEmail")}
      explanation={undo.isSuccess ? undefined : t("auth.undoEmailExplanation")}
    >
      <MailedLink purpose="undo_email" token={token}>
        {undo.isError && <ProblemAlert error={undo.error} />}
        {undo.isSuccess ? (
          <>
            <Alert severity="success">{t("auth.emailUndone", { email: undo.data.email })}</Alert>
            <Button component={Link} to="/sign-in" variant="contained">
              {t("auth.continue")}
            </Button>
          </>
        ) : (
          <Button variant="contained" loading={undo.isPending} onClick={() => undo.mutate()}>
            {t("auth.undoEmail")}
          </Button>
        )}
      </MailedLink>
    </AuthCard>
  );
}
