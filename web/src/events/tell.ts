import { api, ok } from "../api/client";
import { keys } from "../api/keys";
import { notifyBy } from "../api/preferences";
import type { Project } from "../api/projects";
import { queryClient } from "../api/query";
import type { Me } from "../api/session";
import { loadAllTexts, text } from "../i18n";
import { notifyOf } from "../store/notifications";
import type { LiveEvent } from "./state";

/** What a person is told of: the end of what they asked for themselves. Others' runs are seen in the project. */
export async function tell(event: LiveEvent): Promise<void> {
  const projectId = event.project_id;
  if (!event.topic.startsWith("user:") || !projectId) return;
  if (event.type === "batch.changed" && typeof event.reason === "string") {
    const [{ spoken }] = await Promise.all([import("../api/sentences"), loadAllTexts()]);
    const message = text("upload.noRun", { reason: spoken(event.reason) });
    notifyOf(`batch:${event.id}`, "warning", message, `/projects/${projectId}`);
    return;
  }
  const what = event.type === "run.done" ? "runDone" : event.type === "run.failed" ? "runFailed" : null;
  const isExport = event.type === "export.done" || event.type === "export.failed";
  if (!what && !isExport) return;
  const me = queryClient.getQueryData<Me | null>(keys.me);
  if (what && notifyBy(me?.preferences) === "none") return;
  const project = await nameOf(projectId);
  const key = `${event.type}:${event.id}`;
  const at = `/projects/${projectId}`;
  if (isExport) {
    const isDone = event.type === "export.done";
    const message = text(isDone ? "notifications.exportDone" : "notifications.exportFailed", { project });
    notifyOf(key, isDone ? "success" : "error", message, `${at}/exports`);
    return;
  }
  const count = typeof event.n_done === "number" ? event.n_done : Number(event.n_items ?? 0);
  if (what === "runDone")
    notifyOf(key, "success", text("notifications.runDone", { project, count }), `${at}/results`);
  else notifyOf(key, "error", text("notifications.runFailed", { project }), `${at}/runs`);
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
