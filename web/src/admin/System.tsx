import Skeleton from "@mui/material/Skeleton";
import Stack from "@mui/material/Stack";
import Typography from "@mui/material/Typography";
import { useQuery } from "@tanstack/react-query";
import { api, ok } from "../api/client";
import { formatDuration, formatNumber } from "../i18n/numbers";
import { useText } from "../i18n/useText";
import { formatBytes } from "../ui/format";
import { ProblemAlert } from "../ui/ProblemAlert";
import { Section } from "../ui/Section";
import { SimpleTable } from "../ui/SimpleTable";

/** How the service is: database, disk, workers and what waits for them. */
export function System() {
  const t = useText();
  const health = useQuery({
    queryKey: ["admin", "health"],
    refetchInterval: 10_000,
    queryFn: ({ signal }) => ok(api.GET("/api/v1/admin/health", { signal })),
  });
  const queue = useQuery({
    queryKey: ["admin", "queue"],
    refetchInterval: 5000,
    queryFn: ({ signal }) => ok(api.GET("/api/v1/admin/queue", { signal })),
  });
  const now = health.data;
  return (
    <Stack spacing={3}>
      {health.isError && <ProblemAlert error={health.error} onRetry={() => health.refetch()} />}
      {queue.isError && <ProblemAlert error={queue.error} onRetry={() => queue.refetch()} />}
      {health.isPending && <Skeleton variant="rounded" height={280} />}
      {now && (
        <Section title={t("admin.health")}>
          <SimpleTable
            caption={t("admin.health")}
            columns={[t("admin.what"), t("admin.value")]}
            rows={[
              [t("admin.version"), now.version],
              [t("admin.uptime"), formatDuration(now.uptime_s)],
              [t("admin.database"), `PostgreSQL ${now.postgresql} · ${formatBytes(now.database_bytes)}`],
              [t("admin.connections"), `${now.connections} / ${now.connections_max}`],
              [t("admin.files"), formatBytes(now.files_bytes)],
              [t("admin.free"), now.disk_free_bytes === null ? "–" : formatBytes(now.disk_free_bytes)],
              [t("admin.nUsers"), formatNumber(now.users)],
              [t("admin.nProjects"), formatNumber(now.projects)],
              [t("admin.images"), formatNumber(now.images)],
            ]}
          />
        </Section>
      )}
      <Section title={t("admin.workers")}>
        {queue.data?.workers.length === 0 && <Typography color="error">{t("admin.noWorkers")}</Typography>}
        {queue.data && queue.data.workers.length > 0 && (
          <SimpleTable
            caption={t("admin.workers")}
            columns={[t("admin.worker"), t("admin.running"), t("admin.silent")]}
            rows={queue.data.workers.map((each) => [
              `№ ${each.id}`,
              String(each.running),
              formatDuration(each.silent_s),
            ])}
          />
        )}
      </Section>
      <Section title={t("admin.queue")}>
        {queue.data?.jobs.length === 0 ? (
          <Typography>{t("admin.queueEmpty")}</Typography>
        ) : (
          <SimpleTable
            caption={t("admin.queue")}
            columns={[
              t("admin.queueName"),
              t("admin.task"),
              t("admin.state"),
              t("admin.count"),
              t("admin.oldest"),
            ]}
            rows={(queue.data?.jobs ?? []).map((each) => [
              each.queue,
              each.task,
              each.status,
              String(each.count),
              each.oldest_wait_s === null ? "–" : formatDuration(each.oldest_wait_s),
            ])}
          />
        )}
      </Section>
    </Stack>
  );
}
