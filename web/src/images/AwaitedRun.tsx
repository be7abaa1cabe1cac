import Checkbox from "@mui/material/Checkbox";
import FormControlLabel from "@mui/material/FormControlLabel";
import { useBatches, useWantRun } from "../api/batches";
import { useMe } from "../api/session";
import { useText } from "../i18n/useText";
import { useStore } from "../store/store";
import { announcedBatches, setWantsRun, wantsRun } from "./batchPlaces";

/** The run that follows when all files of an upload are in; the service keeps it, so a closed page changes nothing. */
export function AwaitedRun({ projectId, hasFiles }: { projectId: string; hasFiles: boolean }) {
  const t = useText();
  const { data: me } = useMe();
  const batches = useBatches(projectId);
  const want = useWantRun(projectId);
  const announced = useStore(announcedBatches);
  const isUsual = useStore(wantsRun);
  const open = (batches.data ?? []).filter((each) => each.created_by === me?.id && each.state !== "ended");
  const isAsked = open.some((each) => each.run);
  const isWanted = want.isPending ? want.variables.isWanted : open.length > 0 ? isAsked : isUsual;
  if (!hasFiles && !isAsked) return null;
  const nFiles = open.reduce((sum, each) => sum + each.n_files - each.n_given_up, 0);
  const nReady = open.reduce((sum, each) => sum + Math.min(each.n_prepared, each.n_arrived), 0);
  // also those that are complete: then the run begins at once
  const own = [...announced].flatMap(([id, of]) => (of === projectId ? [id] : []));
  const batchIds = [...new Set([...open.map((each) => each.id), ...own])];
  return (
    <FormControlLabel
      control={
        <Checkbox
          size="small"
          checked={isWanted}
          onChange={(event) => {
            setWantsRun(event.target.checked);
            want.mutate({ batchIds, isWanted: event.target.checked });
          }}
        />
      }
      label={`${t("upload.segmentAfter")}${isAsked ? ` · ${t("upload.filesRead", { done: nReady, count: nFiles })}` : ""}`}
    />
  );
}
