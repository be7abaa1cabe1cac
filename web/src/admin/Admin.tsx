import Box from "@mui/material/Box";
import Stack from "@mui/material/Stack";
import Tab from "@mui/material/Tab";
import Tabs from "@mui/material/Tabs";
import Typography from "@mui/material/Typography";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Navigate } from "react-router";
import { api, ok } from "../api/client";
import { useMe } from "../auth/session";
import { useText } from "../i18n/useText";
import { useModels } from "../segmentation/queries";
import { formatBytes, formatDate, formatDuration, formatNumber } from "../ui/format";
import { Page } from "../ui/Page";
import { PageSkeleton } from "../ui/PageSkeleton";
import { ProblemAlert } from "../ui/ProblemAlert";
import { Section } from "../ui/Section";
import { SimpleTable } from "../ui/SimpleTable";
import { AuditLog } from "./AuditLog";
import { Users } from "./Users";

const TABS = ["users", "system", "models", "log"] as const;

export default function Admin() {
  const t = useText();
  const me = useMe();
  const [tab, setTab] = useState<(typeof TABS)[number]>("users");
  if (!me.data) return <PageSkeleton />;
  if (me.data.role !== "admin") return <Navigate to="/projects" replace />;
  return (
    <Page title={t("admin.title")}>
      <Tabs
        value={tab}
        onChange={(_event, next: typeof tab) => setTab(next)}
        aria-label={t("admin.title")}
        variant="scrollable"
        sx={{ mb: 2 }}
      >
        {TABS.map((each) => (
          <Tab
            key={each}
            value={each}
            label={t(`admin.${each}`)}
            id={`tab-${each}`}
            aria-controls={`panel-${each}`}
          />
        ))}
      </Tabs>
      <Box role="tabpanel" id={`panel-${tab}`} aria-labelledby={`tab-${tab}`}>
        {tab === "users" && <Users />}
        {tab === "system" && <System />}
        {tab === "models" && <Models />}
        {tab === "log" && <AuditLog />}
      </Box>
    </Page>
  );
}

function System() {
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
              [t("admin.nUsers"), formatNumber(now.users)],
              [t("admin.nProjects"), formatNumber(now.projects)],
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
              String(each.id),
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

function Models() {
  const models = useModels();
  return (
    <Stack spacing={2}>
      {models.isError && <ProblemAlert error={models.error} onRetry={() => models.refetch()} />}
      {models.data?.map((each) => (
        <Section key={each.id} title={each.title || each.name} explanation={each.description}>
          <Typography variant="body2" color="text.secondary" sx={{ overflowWrap: "anywhere" }}>
            {each.name} · <code>{each.hash.slice(0, 16)}</code> · {formatDate(each.created_at)}
          </Typography>
        </Section>
      ))}
    </Stack>
  );
}
