import Button from "@mui/material/Button";
import IconButton from "@mui/material/IconButton";
import MenuItem from "@mui/material/MenuItem";
import Stack from "@mui/material/Stack";
import TextField from "@mui/material/TextField";
import Typography from "@mui/material/Typography";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, ok, type Schemas } from "../api/client";
import { keys } from "../api/keys";
import type { Project } from "../api/projects";
import { useMe } from "../api/session";
import { text } from "../i18n";
import { useText } from "../i18n/useText";
import { notify } from "../store/notifications";
import { formatDate } from "../ui/format";
import { CloseIcon, CopyIcon } from "../ui/icons";
import { Section } from "../ui/Section";

const ROLES = ["viewer", "editor", "owner"] as const;
type Role = (typeof ROLES)[number];

/** Who sees the project and may change it; the owner invites others. */
export function Members({ project }: { project: Project }) {
  const t = useText();
  const me = useMe();
  const client = useQueryClient();
  const params = { path: { project_id: project.id } };
  const isOwner = project.role === "owner";
  const members = useQuery({
    queryKey: keys.members(project.id),
    queryFn: ({ signal }) => ok(api.GET("/api/v1/projects/{project_id}/members", { signal, params })),
  });
  const again = () =>
    Promise.all([
      client.invalidateQueries({ queryKey: keys.members(project.id) }),
      client.invalidateQueries({ queryKey: keys.project(project.id) }),
    ]);
  const change = useMutation({
    mutationFn: ({ userId, role }: { userId: string; role: Role }) =>
      ok(
        api.PATCH("/api/v1/projects/{project_id}/members/{user_id}", {
          params: { path: { ...params.path, user_id: userId } },
          body: { role },
        }),
      ),
    onSettled: again,
  });
  const remove = useMutation({
    mutationFn: (userId: string) =>
      ok(
        api.DELETE("/api/v1/projects/{project_id}/members/{user_id}", {
          params: { path: { ...params.path, user_id: userId } },
        }),
      ),
    onSettled: again,
  });
  return (
    <Section title={t("sharing.title")} explanation={t("sharing.explanation")}>
      <Stack component="ul" spacing={1} sx={{ m: 0, p: 0, listStyle: "none" }}>
        {members.data?.map((member) => (
          <Stack
            component="li"
            key={member.user_id}
            direction="row"
            spacing={1}
            sx={{ alignItems: "center" }}
          >
            <Typography sx={{ flex: 1, minWidth: 0, overflowWrap: "anywhere" }}>
              {member.name ? `${member.name} · ${member.email}` : member.email}
            </Typography>
            {isOwner && member.user_id !== me.data?.id ? (
              <>
                <TextField
                  select
                  value={member.role}
                  sx={{ width: 130 }}
                  slotProps={{
                    select: {
                      SelectDisplayProps: { "aria-label": t("sharing.roleOf", { name: member.email }) },
                    },
                  }}
                  onChange={(event) =>
                    change.mutate({ userId: member.user_id, role: event.target.value as Role })
                  }
                >
                  {ROLES.map((role) => (
                    <MenuItem key={role} value={role}>
                      {t(`sharing.${role}`)}
                    </MenuItem>
                  ))}
                </TextField>
                <IconButton
                  aria-label={t("sharing.remove", { name: member.email })}
                  title={t("sharing.remove", { name: member.email })}
                  onClick={() => remove.mutate(member.user_id)}
                >
                  <CloseIcon />
                </IconButton>
              </>
            ) : (
              <Typography color="textSecondary">{t(`sharing.${member.role}`)}</Typography>
            )}
          </Stack>
        ))}
      </Stack>
      {isOwner && <Invitations projectId={project.id} />}
    </Section>
  );
}

function Invitations({ projectId }: { projectId: string }) {
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
    onSuccess: async ({ url }) => {
      await navigator.clipboard.writeText(url);
      notify("success", text("sharing.linkCopied"));
    },
  });
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
      <Stack component="ul" spacing={1} sx={{ m: 0, mt: 2, p: 0, listStyle: "none" }}>
        {open.data?.map((each) => (
          <Stack
            component="li"
            key={each.id}
            direction="row"
            useFlexGap
            sx={{ gap: 1, alignItems: "center", flexWrap: "wrap" }}
          >
            <Typography variant="body2" sx={{ flex: 1, minWidth: 180 }}>
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
