import Button from "@mui/material/Button";
import Checkbox from "@mui/material/Checkbox";
import FormControlLabel from "@mui/material/FormControlLabel";
import Stack from "@mui/material/Stack";
import TextField from "@mui/material/TextField";
import Typography from "@mui/material/Typography";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, ok, type Schemas } from "../api/client";
import { useText } from "../i18n/useText";
import { copy } from "../ui/copy";
import { formatDate } from "../ui/format";
import { Section } from "../ui/Section";
import { ShownOnce } from "../ui/ShownOnce";

const KEY = ["me", "tokens"];
const SCOPES = ["read", "write", "run"] as const;
type Scope = Schemas["TokenInput"]["scopes"][number];

/** Personal tokens for scripts; a secret is shown once. */
export function Tokens() {
  const t = useText();
  const client = useQueryClient();
  const [name, setName] = useState("");
  const [scopes, setScopes] = useState<readonly Scope[]>(["read"]);
  const tokens = useQuery({
    queryKey: KEY,
    queryFn: ({ signal }) => ok(api.GET("/api/v1/auth/tokens", { signal })),
  });
  const again = () => client.invalidateQueries({ queryKey: KEY });
  const make = useMutation({
    mutationFn: () => ok(api.POST("/api/v1/auth/tokens", { body: { name, scopes: [...scopes], days: 365 } })),
    onSuccess: () => setName(""),
    onSettled: again,
  });
  const revoke = useMutation({
    mutationFn: (id: string) =>
      ok(api.DELETE("/api/v1/auth/tokens/{token_id}", { params: { path: { token_id: id } } })),
    onSettled: again,
  });
  return (
    <Section title={t("settings.tokens")} explanation={t("settings.tokensExplanation")}>
      <Stack component="ul" spacing={1} sx={{ m: 0, mb: 2, p: 0, listStyle: "none" }}>
        {tokens.data?.map((each) => (
          <Stack component="li" key={each.id} direction="row" spacing={1} sx={{ alignItems: "center" }}>
            <Typography variant="body2" sx={{ flex: 1, overflowWrap: "anywhere" }}>
              {each.name} · <code>{each.prefix}…</code> ·{" "}
              {each.scopes.map((scope) => t(`settings.scope_${scope}`)).join(", ")} ·{" "}
              {t("settings.lastUsed", { date: formatDate(each.last_used_at) })}
            </Typography>
            <Button size="small" color="error" onClick={() => revoke.mutate(each.id)}>
              {t("sharing.revoke")}
            </Button>
          </Stack>
        ))}
      </Stack>
      {make.data && (
        <ShownOnce sx={{ mb: 2 }} secret={make.data.token} onCopy={copy}>
          {t("settings.tokenOnce")}
        </ShownOnce>
      )}
      <Stack
        component="form"
        direction="row"
        useFlexGap
        sx={{ gap: 1, flexWrap: "wrap", alignItems: "center" }}
        onSubmit={(event) => {
          event.preventDefault();
          make.mutate();
        }}
      >
        <TextField
          required
          label={t("settings.tokenName")}
          value={name}
          onChange={(event) => setName(event.target.value)}
          sx={{ flex: 1, minWidth: 180 }}
        />
        {SCOPES.map((scope) => (
          <FormControlLabel
            key={scope}
            control={
              <Checkbox
                checked={scopes.includes(scope)}
                onChange={(event) =>
                  setScopes((now) =>
                    event.target.checked ? [...now, scope] : now.filter((each) => each !== scope),
                  )
                }
              />
            }
            label={t(`settings.scope_${scope}`)}
          />
        ))}
        <Button type="submit" variant="outlined" disabled={scopes.length === 0} loading={make.isPending}>
          {t("app.create")}
        </Button>
      </Stack>
    </Section>
  );
}
