import Button from "@mui/material/Button";
import MenuItem from "@mui/material/MenuItem";
import Stack from "@mui/material/Stack";
import TextField from "@mui/material/TextField";
import Typography from "@mui/material/Typography";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, ok, type Schemas } from "../api/client";
import { keys } from "../api/keys";
import { text } from "../i18n";
import { useText } from "../i18n/useText";
import { notify } from "../store/notifications";
import { copy } from "../ui/copy";
import { formatDate } from "../ui/format";
import { CopyIcon } from "../ui/icons";
import { ShownOnce } from "../ui/ShownOnce";

/** Who is invited to a project and has not come yet, and the form for the next one; for its owner. */
export function Invitations({ projectId }: { projectId: string }) {
  const t = useText();
  const client = useQueryClient();
  const params = { path: { project_id: projectId } };
  const key = [...keys.members(projectId), "invitations"];
  const [email, setEmail] = useState("");
  const [role, setRole] = useState<Schemas["InvitationInput"]["role"]>("editor");
  const open = useQuery({
    queryKey: key,
    queryFn: ({ signal }) => ok(api.GET("/api/v1/projects/{project_id}/invitations", { signal, params })),
  });
  const again = () => client.invalidateQueries({ queryKey: key });
  const invite = useMutation({
    mutationFn: () =>
      ok(api.POST("/api/v1/projects/{project_id}/invitations", { params, body: { email, role } })),
    onSuccess: () => setEmail(""),
    onSettled: again,
  });
  const path = (id: string) => ({ path: { ...params.path, invitation_id: id } });
  const revoke = useMutation({
    mutationFn: (id: string) =>
      ok(api.DELETE("/api/v1/projects/{project_id}/invitations/{invitation_id}", { params: path(id) })),
    onSettled: again,
  });
  const link = useMutation({
    mutationFn: (id: string) =>
      ok(api.POST("/api/v1/projects/{project_id}/invitations/{invitation_id}/link", { params: path(id) })),
    onSuccess: ({ url }) => copyLink(url),
  });
  async function copyLink(url: string) {
    if (await copy(url)) notify("success", text("sharing.linkCopied"));
  }
  return (
    <>
      <Stack
        component="form"
        direction="row"
        useFlexGap
        sx={{ mt: 3, gap: 1, flexWrap: "wrap" }}
        onSubmit={(event) => {
          event.preventDefault();
          invite.mutate();
        }}
      >
        <TextField
          required
          type="email"
          label={t("auth.email")}
          value={email}
          onChange={(event) => setEmail(event.target.value)}
          sx={{ flex: 1, minWidth: 200 }}
        />
        <TextField
          select
          label={t("sharing.role")}
          value={role}
          onChange={(event) => setRole(event.target.value as typeof role)}
          sx={{ width: 130 }}
        >
          <MenuItem value="viewer">{t("sharing.viewer")}</MenuItem>
          <MenuItem value="editor">{t("sharing.editor")}</MenuItem>
        </TextField>
        <Button type="submit" variant="outlined" loading={invite.isPending}>
          {t("sharing.invite")}
        </Button>
      </Stack>
      {link.data && (
        <ShownOnce sx={{ mt: 2 }} secret={link.data.url} onCopy={copyLink}>
          {t("people.link")}
        </ShownOnce>
      )}
      <Stack component="ul" spacing={1} sx={{ m: 0, mt: 2, p: 0, listStyle: "none" }}>
        {open.data?.map((each) => (
          <Stack
            component="li"
            key={each.id}
            direction="row"
            useFlexGap
            sx={{ gap: 1, alignItems: "center", flexWrap: "wrap" }}
          >
            <Typography variant="body2" sx={{ flex: 1, minWidth: 180, overflowWrap: "anywhere" }}>
              {each.email} · {t(`sharing.${each.role}`)} ·{" "}
              {t("sharing.until", { date: formatDate(each.expires_at) })}
            </Typography>
            <Button size="small" startIcon={<CopyIcon />} onClick={() => link.mutate(each.id)}>
              {t("sharing.copyLink")}
            </Button>
            <Button size="small" color="error" onClick={() => revoke.mutate(each.id)}>
              {t("sharing.revoke")}
            </Button>
          </Stack>
        ))}
      </Stack>
    </>
  );
}
