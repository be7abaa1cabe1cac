import Checkbox from "@mui/material/Checkbox";
import FormControlLabel from "@mui/material/FormControlLabel";
import { useBatches, useWantRun } from "../api/batches";
import { useMe } from "../api/session";
import { useText } from "../i18n/useText";

/** The run that follows when all files of an upload are in; the service keeps it, so a closed page changes nothing. */
export function AwaitedRun({ projectId, isUploading }: { projectId: string; isUploading: boolean }) {
  const t = useText();
  const { data: me } = useMe();
  const batches = useBatches(projectId);
  const want = useWantRun(projectId);
  const own = (batches.data ?? []).filter((each) => each.created_by === me?.id && each.state !== "ended");
  const isWanted = want.isPending ? want.variables.isWanted : own.some((each) => each.run);
  if (own.length === 0 || (!isUploading && !isWanted)) return null;
  const nFiles = own.reduce((sum, each) => sum + each.n_files - each.n_given_up, 0);
  const nReady = own.reduce((sum, each) => sum + Math.min(each.n_prepared, each.n_arrived), 0);
  return (
    <FormControlLabel
      control={
        <Checkbox
          size="small"
          checked={isWanted}
          onChange={(event) =>
            want.mutate({ batchIds: own.map((each) => each.id), isWanted: event.target.checked })
          }
        />
      }
      label={`${t("upload.segmentAfter")}${isWanted ? ` · ${t("upload.filesRead", { done: nReady, count: nFiles })}` : ""}`}
    />
  );
}
