import { useEffect } from "react";
import { useSummary } from "../api/projects";
import { DEFAULT_PARAMETERS, useStartRun } from "../api/runs";
import { createStore, useStore } from "../store/store";
import { uploads } from "./uploads";

const KEPT_AS = "spheroseg.segmentAfterUpload";

/** Projects that are segmented as soon as their uploads are in; kept for this tab, so that a reload forgets none. */
const wanted = createStore<ReadonlySet<string>>(new Set(JSON.parse(sessionStorage.getItem(KEPT_AS) ?? "[]")));

export function segmentAfterUpload(projectId: string, isWanted: boolean): void {
  wanted.set((now) => {
    const next = new Set(now);
    if (isWanted) next.add(projectId);
    else next.delete(projectId);
    sessionStorage.setItem(KEPT_AS, JSON.stringify([...next]));
    return next;
  });
}

export function useIsSegmentedAfterUpload(projectId: string): boolean {
  return useStore(wanted).has(projectId);
}

/** Starts the run that was asked for, when every file has arrived and is read. */
export function useSegmentAfterUpload(projectId: string): void {
  const isWanted = useIsSegmentedAfterUpload(projectId);
  const items = useStore(uploads);
  const isUploading = [...items.values()].some(
    (each) => each.projectId === projectId && each.state !== "done" && each.state !== "failed",
  );
  const { data } = useSummary(projectId, isWanted && !isUploading ? 2000 : false);
  const { mutate, isPending } = useStartRun(projectId);
  const isReady =
    data !== undefined && data.n_images > 0 && !data.by_state.processing && Boolean(data.by_state.ready);
  useEffect(() => {
    if (!isWanted || isUploading || !isReady || isPending) return;
    segmentAfterUpload(projectId, false);
    mutate({
      model: null,
      image_ids: null,
      only_missing: true,
      urgency: "now",
      parameters: DEFAULT_PARAMETERS,
    });
  }, [isWanted, isUploading, isReady, isPending, projectId, mutate]);
}
