import Box from "@mui/material/Box";
import Button from "@mui/material/Button";
import Stack from "@mui/material/Stack";
import { useInfiniteQuery } from "@tanstack/react-query";
import { api, ok, type Schemas } from "../api/client";
import { hasText, type TextKey, text } from "../i18n";
import { useText } from "../i18n/useText";
import { ONE_LINE } from "../ui/clamped";
import { formatDate } from "../ui/format";
import { ProblemAlert } from "../ui/ProblemAlert";
import { SimpleTable } from "../ui/SimpleTable";

/** Dates, ids and addresses are not broken: a narrow screen scrolls sideways. */
const oneLine = (text: string, column: number) => (
  <Box key={column} component="span" title={text} sx={{ ...ONE_LINE, display: "block", maxWidth: 480 }}>
    {text}
  </Box>
);

/** What was done, in the reader's language; all steps of the editor are one action here. */
function actionTitle(action: string): string {
  const key = `admin.action_${action.startsWith("objects.") ? "objects" : action.replace(".", "_")}`;
  return hasText(key) ? text(key as TextKey) : action;
}

/** What was changed, by its name, and the project it lies in; what is gone has only its number left. */
function subjectOf(entry: Schemas["FullEntryOut"]): string {
  const key = `admin.subject_${entry.subject_type}`;
  const kind = hasText(key) ? text(key as TextKey) : entry.subject_type;
  const name = entry.subject_name ?? (entry.project_name ? "" : (entry.subject_id?.slice(-8) ?? ""));
  const place = entry.subject_type === "project" ? "" : entry.project_name;
  return [`${kind} ${name}`.trim(), place].filter(Boolean).join(" · ");
}

/** Who changed what, when, from where. */
export function AuditLog() {
  const t = useText();
  const log = useInfiniteQuery({
    queryKey: ["admin", "log"],
    initialPageParam: null as string | null,
    queryFn: ({ pageParam, signal }) =>
      ok(api.GET("/api/v1/admin/log", { signal, params: { query: { limit: 100, cursor: pageParam } } })),
    getNextPageParam: (page) => page.next_cursor,
  });
  const rows = log.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <Stack spacing={2}>
      {log.isError && <ProblemAlert error={log.error} onRetry={() => log.refetch()} />}
      <SimpleTable
        caption={t("admin.log")}
        columns={[t("admin.at"), t("admin.action"), t("admin.subject"), t("admin.by"), t("admin.from")]}
        rows={rows.map((each) =>
          [
            formatDate(each.at),
            actionTitle(each.action),
            subjectOf(each),
            each.actor_email ?? each.actor ?? each.actor_id ?? "–",
            each.ip ?? "–",
          ].map(oneLine),
        )}
      />
      {log.hasNextPage && <Button onClick={() => log.fetchNextPage()}>{t("app.more")}</Button>}
    </Stack>
  );
}
