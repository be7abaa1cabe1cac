import Button from "@mui/material/Button";
import Checkbox from "@mui/material/Checkbox";
import FormControlLabel from "@mui/material/FormControlLabel";
import TextField from "@mui/material/TextField";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useNavigate } from "react-router";
import { api, ok } from "../api/client";
import { keys } from "../api/keys";
import type { Me } from "../api/session";
import { useText } from "../i18n/useText";
import { FormDialog } from "../ui/FormDialog";
import { ProblemAlert } from "../ui/ProblemAlert";
import { Section } from "../ui/Section";
import { PasswordField } from "./PasswordField";

export function DeleteAccount({ me }: { me: Me }) {
  const t = useText();
  const client = useQueryClient();
  const navigate = useNavigate();
  const [isOpen, setOpen] = useState(false);
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [deleteShared, setDeleteShared] = useState(false);
  const remove = useMutation({
    meta: { isQuiet: true },
    mutationFn: () =>
      ok(
        api.POST("/api/v1/users/me/delete", {
          body: { email, password: password || null, delete_shared: deleteShared },
        }),
      ),
    onSuccess: () => {
      client.clear();
      client.setQueryData(keys.me, null);
      navigate("/");
    },
  });
  return (
    <Section title={t("settings.deleteAccount")} explanation={t("settings.deleteExplanation")}>
      <Button color="error" variant="outlined" onClick={() => setOpen(true)}>
        {t("settings.deleteAccount")}
      </Button>
      {isOpen && (
        <FormDialog
          title={t("settings.deleteAccount")}
          submit={t("settings.deleteAccount")}
          isBusy={remove.isPending}
          onSubmit={() => remove.mutate()}
          onClose={() => setOpen(false)}
        >
          {remove.isError && <ProblemAlert error={remove.error} />}
          <TextField
            required
            type="email"
            label={t("settings.repeatEmail")}
            value={email}
            onChange={(event) => setEmail(event.target.value)}
          />
          {me.has_password && (
            <PasswordField value={password} onChange={(event) => setPassword(event.target.value)} />
          )}
          <FormControlLabel
            control={
              <Checkbox checked={deleteShared} onChange={(event) => setDeleteShared(event.target.checked)} />
            }
            label={t("settings.deleteShared")}
          />
        </FormDialog>
      )}
    </Section>
  );
}
