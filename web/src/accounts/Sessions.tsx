import Button from "@mui/material/Button";
import Chip from "@mui/material/Chip";
import Stack from "@mui/material/Stack";
import Typography from "@mui/material/Typography";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, ok } from "../api/client";
import { keys } from "../api/keys";
import { useText } from "../i18n/useText";
import { formatDate } from "../ui/format";
import { Section } from "../ui/Section";

const KEY = ["me", "sessions"];

/** "Firefox, Linux" out of what a browser says about itself. */
function browserName(agent: string | null): string {
  if (!agent) return "–";
  const browser = /(Edg|OPR|Firefox|Chrome|Safari)\//
    .exec(agent)?.[1]
    ?.replace("Edg", "Edge")
    .replace("OPR", "Opera");
  const system = /(Windows|Mac OS X|Android|iPhone|iPad|Linux)/
    .exec(agent)?.[1]
    ?.replace("Mac OS X", "macOS");
  return [browser, system].filter(Boolean).join(", ") || agent.slice(0, 40);
}

/** Where the person is signed in, and how to sign out there. */
export function Sessions() {
  const t = useText();
  const client = useQueryClient();
  const sessions = useQuery({
    queryKey: KEY,
    queryFn: ({ signal }) => ok(api.GET("/api/v1/auth/sessions", { signal })),
  });
  const end = useMutation({
    mutationFn: (id: string) =>
      ok(api.DELETE("/api/v1/auth/sessions/{session_id}", { params: { path: { session_id: id } } })),
    onSettled: () => client.invalidateQueries({ queryKey: KEY }),
  });
  const endAll = useMutation({
    mutationFn: () => ok(api.POST("/api/v1/auth/sign-out-everywhere")),
    onSuccess: () => {
      client.clear();
      client.setQueryData(keys.me, null);
    },
  });
  return (
    <Section title={t("settings.sessions")}>
      <Stack component="ul" spacing={1} sx={{ m: 0, p: 0, listStyle: "none" }}>
        {sessions.data?.map((each) => (
          <Stack component="li" key={each.id} direction="row" spacing={1} sx={{ alignItems: "center" }}>
            <Typography variant="body2" sx={{ flex: 1 }}>
              {browserName(each.user_agent)} · {each.ip ?? "–"} ·{" "}
              {t("settings.lastUsed", { date: formatDate(each.last_used_at) })}
            </Typography>
            {each.is_current ? (
              <Chip size="small" color="success" variant="outlined" label={t("settings.thisSession")} />
            ) : (
              <Button size="small" onClick={() => end.mutate(each.id)}>
                {t("auth.signOut")}
              </Button>
            )}
          </Stack>
        ))}
      </Stack>
      <Button sx={{ mt: 2 }} color="error" variant="outlined" onClick={() => endAll.mutate()}>
        {t("settings.signOutEverywhere")}
      </Button>
    </Section>
  );
}
