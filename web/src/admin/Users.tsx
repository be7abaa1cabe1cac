import Box from "@mui/material/Box";
import Button from "@mui/material/Button";
import Stack from "@mui/material/Stack";
import TextField from "@mui/material/TextField";
import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { Suspense, useDeferredValue, useState } from "react";
import { api, ok, type Schemas } from "../api/client";
import { useMe } from "../api/session";
import { useText } from "../i18n/useText";
import { ONE_LINE } from "../ui/clamped";
import { formatDate } from "../ui/format";
import { later } from "../ui/later";
import { ProblemAlert } from "../ui/ProblemAlert";
import { SimpleTable } from "../ui/SimpleTable";

const ConfirmDialog = later(() => import("../ui/ConfirmDialog"));
const KEY = ["admin", "users"];

/** Long ones leave room for what can be done with the person. */
const named = (text: string) => (
  <Box key={text} component="span" title={text} sx={{ ...ONE_LINE, display: "block", maxWidth: 280 }}>
    {text}
  </Box>
);

export function Users() {
  const t = useText();
  const me = useMe();
  const client = useQueryClient();
  const [search, setSearch] = useState("");
  const [leaving, setLeaving] = useState<Schemas["UserRow"] | null>(null);
  const wanted = useDeferredValue(search.trim());
  const users = useInfiniteQuery({
    queryKey: [...KEY, wanted],
    initialPageParam: null as string | null,
    queryFn: ({ pageParam, signal }) =>
      ok(
        api.GET("/api/v1/admin/users", {
          signal,
          params: { query: { limit: 100, cursor: pageParam, search: wanted || null } },
        }),
      ),
    getNextPageParam: (page) => page.next_cursor,
  });
  const again = () => client.invalidateQueries({ queryKey: KEY });
  const change = useMutation({
    mutationFn: ({ id, ...body }: { id: string } & Schemas["UserChange"]) =>
      ok(api.PATCH("/api/v1/admin/users/{user_id}", { params: { path: { user_id: id } }, body })),
    onSettled: again,
  });
  const remove = useMutation({
    mutationFn: (id: string) =>
      ok(api.DELETE("/api/v1/admin/users/{user_id}", { params: { path: { user_id: id } } })),
    onSettled: again,
  });
  const rows = users.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <Stack spacing={2}>
      <TextField
        type="search"
        label={t("admin.searchUsers")}
        value={search}
        onChange={(event) => setSearch(event.target.value)}
        sx={{ maxWidth: 360 }}
      />
      {users.isError && <ProblemAlert error={users.error} onRetry={() => users.refetch()} />}
      <SimpleTable
        caption={t("admin.users")}
        columns={[
          t("auth.email"),
          t("auth.name"),
          t("sharing.role"),
          t("admin.lastSeen"),
          t("admin.actions"),
        ]}
        rows={rows.map((user) => [
          named(user.email),
          named(user.name || "–"),
          user.disabled_at ? t("admin.disabled") : t(`admin.role_${user.role}`),
          formatDate(user.last_seen_at),
          user.id === me.data?.id ? (
            t("admin.you")
          ) : (
            <Stack key={user.id} direction="row" useFlexGap sx={{ flexWrap: "wrap" }}>
              <Button
                size="small"
                onClick={() => change.mutate({ id: user.id, role: user.role === "admin" ? "user" : "admin" })}
              >
                {t(user.role === "admin" ? "admin.makeUser" : "admin.makeAdmin")}
              </Button>
              <Button
                size="small"
                onClick={() => change.mutate({ id: user.id, is_disabled: user.disabled_at === null })}
              >
                {t(user.disabled_at ? "admin.enable" : "admin.disable")}
              </Button>
              <Button size="small" color="error" onClick={() => setLeaving(user)}>
                {t("admin.delete")}
              </Button>
            </Stack>
          ),
        ])}
      />
      {users.hasNextPage && <Button onClick={() => users.fetchNextPage()}>{t("app.more")}</Button>}
      <Suspense>
        {leaving && (
          <ConfirmDialog
            title={t("admin.delete")}
            message={t("admin.deleteSure", { email: leaving.email })}
            confirm={t("admin.delete")}
            onConfirm={() => remove.mutate(leaving.id)}
            onClose={() => setLeaving(null)}
          />
        )}
      </Suspense>
    </Stack>
  );
}
