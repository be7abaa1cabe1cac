import Alert from "@mui/material/Alert";
import Button from "@mui/material/Button";
import Link from "@mui/material/Link";
import Stack from "@mui/material/Stack";
import Typography from "@mui/material/Typography";
import { type ReactNode, useState } from "react";
import { Link as RouterLink, useLocation } from "react-router";
import { useText } from "../i18n/useText";
import { Field } from "../ui/Field";
import { ProblemAlert } from "../ui/ProblemAlert";
import { AuthCard } from "./AuthCard";
import { useInvitationOnTheWay } from "./mailedLinkState";
import { PasswordField } from "./PasswordField";

interface Props {
  title: string;
  explanation?: string;
  /** Where those go who came to the wrong one of the two pages. */
  other: { question: string; label: string; path: string };
  errors: readonly unknown[];
  isNew?: boolean;
  isPending: boolean;
  onSubmit: (email: string, password: string) => void;
  /** Above the address, between password and button, below the form. */
  first?: ReactNode;
  last?: ReactNode;
  below?: ReactNode;
}

/** Address and password: what signing in and signing up have in common. */
export function CredentialsCard(props: Props) {
  const { title, explanation, other, errors, isNew = false, isPending, onSubmit } = props;
  const t = useText();
  const { search, hash } = useLocation();
  const invitation = useInvitationOnTheWay();
  const [typed, setTyped] = useState<string | null>(null);
  const email = typed ?? invitation.email ?? "";
  const [password, setPassword] = useState("");
  return (
    <AuthCard
      title={title}
      explanation={invitation.isOne && !invitation.isOver ? t("auth.forInvitation") : explanation}
      below={
        <Typography variant="body2">
          {other.question}{" "}
          <Link component={RouterLink} to={{ pathname: other.path, search, hash }}>
            {other.label}
          </Link>
        </Typography>
      }
    >
      {invitation.isOver && (
        <Alert severity="warning">
          {t("auth.linkOver")} {t("auth.linkOverInvitation")}
        </Alert>
      )}
      {errors.filter(Boolean).map((error) => (
        <ProblemAlert key={String(error)} error={error} />
      ))}
      <Stack
        component="form"
        spacing={2}
        onSubmit={(event) => {
          event.preventDefault();
          onSubmit(email, password);
        }}
      >
        {props.first}
        <Field
          autoFocus={!props.first}
          required
          type="email"
          autoComplete="email"
          label={t("auth.email")}
          value={email}
          helperText={
            invitation.email
              ? t("auth.invitedAddress", { project: invitation.project ?? "", email: invitation.email })
              : undefined
          }
          onChange={(event) => setTyped(event.target.value)}
        />
        <PasswordField
          isNew={isNew}
          helperText={isNew ? t("auth.passwordRule") : undefined}
          value={password}
          onChange={(event) => setPassword(event.target.value)}
        />
        {props.last}
        <Button type="submit" variant="contained" size="large" loading={isPending}>
          {title}
        </Button>
      </Stack>
      {props.below}
    </AuthCard>
  );
}
