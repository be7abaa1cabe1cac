import Button from "@mui/material/Button";
import IconButton from "@mui/material/IconButton";
import MenuItem from "@mui/material/MenuItem";
import Stack from "@mui/material/Stack";
import TextField from "@mui/material/TextField";
import Typography from "@mui/material/Typography";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Suspense, useState } from "react";
import { useNavigate } from "react-router";
import { api, ok, type Schemas } from "../api/client";
import { keys } from "../api/keys";
import type { Project } from "../api/projects";
import { useMe } from "../api/session";
import { useText } from "../i18n/useText";
import { CloseIcon } from "../ui/icons";
import { later } from "../ui/later";
import { Section } from "../ui/Section";
import { Invitations } from "./Invitations";

const ConfirmDialog = later(() => import("../ui/ConfirmDialog"));

const ROLES = ["viewer", "editor", "owner"] as const;
type Role = (typeof ROLES)[number];

interface Question {
  what: "handOver" | "remove" | "leave";
  userId: string;
  name: string;
}

const about = (what: Question["what"], member: Schemas["MemberOut"]): Question => ({
  what,
  userId: member.user_id,
  name: member.name || member.email,
});

/** Who sees the project and may change it; the owner invites others. */
export function Members({ project }: { project: Project }) {
  const t = useText();
  const me = useMe();
  const client = useQueryClient();
  const navigate = useNavigate();
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
    onSuccess: (_, userId) => {
      if (userId === me.data?.id) navigate("/projects");
    },
    onSettled: again,
  });
  const [asked, setAsked] = useState<Question | null>(null);
  const question = asked && questionOf(asked);
  /** What cannot be taken back is asked about first. */
  function questionOf({ what, userId, name }: Question) {
    const values = { name, project: project.name };
    if (what === "handOver")
      return {
        title: t("people.handOver"),
        message: t("people.handOverSure", values),
        run: () => change.mutate({ userId, role: "owner" }),
      };
    const run = () => remove.mutate(userId);
    return what === "leave"
      ? { title: t("people.leave"), message: t("people.leaveSure", values), run }
      : { title: t("sharing.remove", { name }), message: t("people.removeSure", values), run };
  }
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
                  onChange={(event) => {
                    const role = event.target.value as Role;
                    if (role === "owner") setAsked(about("handOver", member));
                    else change.mutate({ userId: member.user_id, role });
                  }}
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
                  onClick={() => setAsked(about("remove", member))}
                >
                  <CloseIcon />
                </IconButton>
              </>
            ) : (
              <>
                <Typography color="textSecondary">{t(`sharing.${member.role}`)}</Typography>
                {member.user_id === me.data?.id && member.role !== "owner" && (
                  <Button size="small" color="error" onClick={() => setAsked(about("leave", member))}>
                    {t("people.leave")}
                  </Button>
                )}
              </>
            )}
          </Stack>
        ))}
      </Stack>
      {isOwner && <Invitations projectId={project.id} />}
      <Suspense>
        {question && (
          <ConfirmDialog
            title={question.title}
            message={question.message}
            confirm={question.title}
            onConfirm={question.run}
            onClose={() => setAsked(null)}
          />
        )}
      </Suspense>
    </Section>
  );
}
