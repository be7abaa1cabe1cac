import Alert from "@mui/material/Alert";
import Button from "@mui/material/Button";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "react-router";
import { api, ok } from "../api/client";
import { keys } from "../api/keys";
import { useText } from "../i18n/useText";

/** Projects that others want to share with the person. */
export default function InvitationsAlert() {
  const t = useText();
  const client = useQueryClient();
  const navigate = useNavigate();
  const open = useQuery({
    queryKey: keys.invitations,
    queryFn: ({ signal }) => ok(api.GET("/api/v1/invitations", { signal })),
  });
  const again = () =>
    Promise.all([
      client.invalidateQueries({ queryKey: keys.invitations }),
      client.invalidateQueries({ queryKey: keys.projects }),
    ]);
  const params = (id: string) => ({ path: { invitation_id: id } });
  const accept = useMutation({
    mutationFn: (id: string) =>
      ok(api.POST("/api/v1/invitations/{invitation_id}/accept", { params: params(id) })),
    onSuccess: ({ project_id }) => navigate(`/projects/${project_id}`),
    onSettled: again,
  });
  const decline = useMutation({
    mutationFn: (id: string) => ok(api.DELETE("/api/v1/invitations/{invitation_id}", { params: params(id) })),
    onSettled: again,
  });
  return open.data?.map((each) => (
    <Alert
      key={each.id}
      severity="info"
      sx={{ mb: 2 }}
      action={
        <>
          <Button color="inherit" size="small" onClick={() => decline.mutate(each.id)}>
            {t("sharing.decline")}
          </Button>
          <Button color="inherit" size="small" variant="outlined" onClick={() => accept.mutate(each.id)}>
            {t("sharing.accept")}
          </Button>
        </>
      }
    >
      {t("sharing.invited", { project: each.project_name, role: t(`sharing.${each.role}`) })}
    </Alert>
  ));
}
