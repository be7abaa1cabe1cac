import Alert from "@mui/material/Alert";
import Button from "@mui/material/Button";
import Card from "@mui/material/Card";
import LinearProgress from "@mui/material/LinearProgress";
import Stack from "@mui/material/Stack";
import Typography from "@mui/material/Typography";
import { useId } from "react";
import type { Project } from "../api/projects";
import { spoken } from "../api/sentences";
import { type UploadSet, useSetFate } from "../api/uploadSets";
import { useText } from "../i18n/useText";
import { ProblemAlert } from "../ui/ProblemAlert";
import { FoundImages } from "./FoundImages";
import { LeftOutFiles } from "./LeftOutFiles";
import { SetReading } from "./SetReading";

/** Files that were uploaded together: what they are, what is doubtful, and whether to add them. */
export default function SetPreview({ project, set }: { project: Project; set: UploadSet }) {
  const t = useText();
  const id = useId();
  const read = useSetFate(project.id, "read");
  const add = useSetFate(project.id, "add");
  const discard = useSetFate(project.id, "discard");
  const { found, state } = set;
  const isBusy = state === "reading" || state === "adding";
  const nGood = found.n_images - found.n_unreadable;
  const error = read.error ?? add.error ?? discard.error;
  return (
    <Card component="section" aria-labelledby={id} sx={{ p: 2, mb: 2 }}>
      <Stack direction="row" useFlexGap sx={{ alignItems: "center", flexWrap: "wrap", gap: 1 }}>
        <Stack sx={{ mr: "auto" }}>
          <Typography variant="h2" id={id}>
            {t("upload.setTitle", { name: set.name || t("upload.setUnnamed") })}
          </Typography>
          <Typography role="status" color="textSecondary" variant="body2">
            {state === "understood"
              ? t("upload.setFound", { count: found.n_images, files: set.n_arrived })
              : state === "arriving"
                ? t("upload.setArriving", { here: set.n_arrived, count: set.n_files })
                : t(`upload.set_${state}`)}
          </Typography>
        </Stack>
        {state === "arriving" && (
          <Button disabled={set.n_arrived === 0} loading={read.isPending} onClick={() => read.mutate(set.id)}>
            {t("upload.setReadAnyway")}
          </Button>
        )}
        {state === "failed" && (
          <Button loading={read.isPending} onClick={() => read.mutate(set.id)}>
            {t("error.again")}
          </Button>
        )}
        {state !== "adding" && (
          <Button color="inherit" loading={discard.isPending} onClick={() => discard.mutate(set.id)}>
            {t("upload.setDiscard")}
          </Button>
        )}
        {state === "understood" && (
          <Button
            variant="contained"
            disabled={nGood === 0}
            loading={add.isPending}
            onClick={() => add.mutate(set.id)}
          >
            {t("upload.setAdd", { count: found.n_images })}
          </Button>
        )}
      </Stack>
      {isBusy && <LinearProgress aria-label={t(`upload.set_${state}`)} sx={{ mt: 1, borderRadius: 1 }} />}
      {error && <ProblemAlert error={error} />}
      {set.reason && (
        <Alert severity="error" sx={{ mt: 1 }}>
          {spoken(set.reason)}
        </Alert>
      )}
      {state === "understood" && (
        <Stack spacing={1.5} sx={{ mt: 1.5 }}>
          {found.plates.map((plate) => (
            <Typography key={plate.summary}>{plate.summary}</Typography>
          ))}
          {found.notes.map((note) => (
            <Alert key={note} severity="warning">
              {spoken(note)}
            </Alert>
          ))}
          <SetReading project={project} found={found} onChanged={() => read.mutate(set.id)} />
          <FoundImages images={found.images} nImages={found.n_images} />
          <LeftOutFiles files={found.left_out} nFiles={found.n_left_out} nBeside={found.n_beside} />
        </Stack>
      )}
    </Card>
  );
}
