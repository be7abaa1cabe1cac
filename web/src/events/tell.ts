import { api, ok } from "../api/client";
import { keys } from "../api/keys";
import { notifyBy } from "../api/preferences";
import type { Project } from "../api/projects";
import { queryClient } from "../api/query";
import type { Me } from "../api/session";
import { loadAllTexts, type TextKey, text } from "../i18n";
import { notifyOf, type Severity, type Wording } from "../store/notifications";
import type { LiveEvent } from "./state";

/** What a person is told of: the end of what they asked for themselves. Others' runs are seen in the project. */
export async function tell(event: LiveEvent): Promise<void> {
  const projectId = event.project_id;
  if (!event.topic.startsWith("user:") || !projectId) return;
  if (event.type === "batch.changed" && typeof event.reason === "string") {
    const [{ spoken }] = await Promise.all([import("../api/sentences"), loadAllTexts()]);
    const message = text("notifications.noRun", { reason: spoken(event.reason) });
    const wording = { key: "notifications.noRun", values: { reason: event.reason } };
    notifyOf(`batch:${event.id}`, "warning", message, `/projects/${projectId}`, wording);
    return;
  }
  const what = event.type === "run.done" ? "runDone" : event.type === "run.failed" ? "runFailed" : null;
  const isExport = event.type === "export.done" || event.type === "export.failed";
  if (!what && !isExport) return;
  const me = queryClient.getQueryData<Me | null>(keys.me);
  if (what && notifyBy(me?.preferences) === "none") return;
  const project = await nameOf(projectId);
  const happened = `${event.type}:${event.id}`;
  const at = `/projects/${projectId}`;
  const say = (severity: Severity, key: TextKey, values: Wording["values"], href: string) =>
    notifyOf(happened, severity, text(key, values), href, { key, values });
  if (event.type === "export.done") say("success", "notifications.exportDone", { project }, `${at}/exports`);
  else if (isExport) say("error", "notifications.exportFailed", { project }, `${at}/exports`);
  else if (what === "runFailed") say("error", "notifications.runFailed", { project }, `${at}/runs`);
  else {
    const count = Number(event.n_images ?? event.n_done ?? event.n_items ?? 0);
    say("success", "notifications.runDone", { project, count }, `${at}/results`);
  }
}

async function nameOf(projectId: string): Promise<string> {
  const project = await queryClient
    .fetchQuery<Project>({
      queryKey: keys.project(projectId),
      staleTime: Number.POSITIVE_INFINITY,
      meta: { isQuiet: true },
      queryFn: () =>
        ok(api.GET("/api/v1/projects/{project_id}", { params: { path: { project_id: projectId } } })),
    })
    .catch(() => null);
  return project?.name ?? "–";
}
