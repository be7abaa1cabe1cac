import Button from "@mui/material/Button";
import Divider from "@mui/material/Divider";
import Stack from "@mui/material/Stack";
import { useQuery } from "@tanstack/react-query";
import { useLocation, useSearchParams } from "react-router";
import { api, ok } from "../api/client";
import { keepHash, safeTarget } from "../api/session";
import { useText } from "../i18n/useText";

/** Buttons for signing in with an account of somewhere else; nothing where there is none. */
export default function Providers() {
  const t = useText();
  const [params] = useSearchParams();
  const { hash } = useLocation();
  const providers = useQuery({
    queryKey: ["providers"],
    staleTime: 300_000,
    meta: { isQuiet: true },
    queryFn: ({ signal }) => ok(api.GET("/api/v1/auth/providers", { signal })),
  });
  if (!providers.data?.length) return null;
  const to = encodeURIComponent(safeTarget(params.get("to")));
  return (
    <Stack spacing={1.5}>
      <Divider>{t("auth.or")}</Divider>
      {providers.data.map((each) => (
        <Button
          key={each.name}
          variant="outlined"
          href={`${each.url}?return_to=${to}`}
          onClick={() => keepHash(hash)}
        >
          {t("auth.signInWith", { name: each.label })}
        </Button>
      ))}
    </Stack>
  );
}
