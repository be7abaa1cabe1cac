import Alert from "@mui/material/Alert";
import Button from "@mui/material/Button";
import Dialog from "@mui/material/Dialog";
import DialogActions from "@mui/material/DialogActions";
import DialogContent from "@mui/material/DialogContent";
import DialogTitle from "@mui/material/DialogTitle";
import LinearProgress from "@mui/material/LinearProgress";
import Stack from "@mui/material/Stack";
import Typography from "@mui/material/Typography";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect, useId, useRef, useState } from "react";
import { keys } from "../api/keys";
import { OUTLINE_ENDINGS } from "../api/outlines";
import { type Text, useText } from "../i18n/useText";
import { ProblemAlert } from "../ui/ProblemAlert";
import { SimpleTable } from "../ui/SimpleTable";
import type { ChosenFile } from "./chosenFiles";
import { type ImportRow, rowsOf, sendAll } from "./outlineImport";
import { UploadButtons } from "./UploadArea";

const ENDINGS = OUTLINE_ENDINGS.split(",");
const MOST_ROWS = 200;

interface Props {
  projectId: string;
  /** Null: the whole project. */
  imageIds: string[] | null;
  onClose: () => void;
}

/** Masks and ROIs of another program for many images: each file goes to the image that is named like it. */
export default function ImportDialog({ projectId, imageIds, onClose }: Props) {
  const t = useText();
  const id = useId();
  const client = useQueryClient();
  const [rows, setRows] = useState<ImportRow[]>([]);
  const [hasBegun, setBegun] = useState(false);
  const stop = useRef(new AbortController());
  useEffect(() => {
    const { current } = stop;
    return () => current.abort();
  }, []);
  const pair = useMutation({
    mutationFn: (files: ChosenFile[]) => {
      const wanted = files.filter(({ path }) =>
        ENDINGS.some((ending) => path.toLowerCase().endsWith(ending)),
      );
      return rowsOf(wanted, projectId, imageIds);
    },
    onSuccess: setRows,
  });
  const send = useMutation({
    mutationFn: () =>
      sendAll(
        rows,
        (index, part) => setRows((now) => now.map((row, i) => (i === index ? { ...row, ...part } : row))),
        stop.current.signal,
      ),
    onMutate: () => setBegun(true),
    onSettled: () => client.invalidateQueries({ queryKey: keys.project(projectId) }),
  });
  const nPaired = rows.filter((row) => row.imageId !== null).length;
  const nOver = rows.filter((row) => row.imageId !== null && /done|refused/.test(row.state)).length;
  const nDone = rows.filter((row) => row.state === "done").length;
  const isOver = hasBegun && !send.isPending;
  // what needs a look stands first
  const shown = [...rows].sort((one, other) => rank(one) - rank(other)).slice(0, MOST_ROWS);
  return (
    <Dialog open onClose={onClose} aria-labelledby={id} fullWidth maxWidth="md">
      <DialogTitle id={id}>
        {imageIds ? t("images.importFor", { count: imageIds.length }) : t("images.importForAll")}
      </DialogTitle>
      <DialogContent>
        <Stack spacing={2}>
          <Typography variant="body2">{t("images.importHelp")}</Typography>
          {!hasBegun && (
            <Stack direction="row" spacing={1}>
              <UploadButtons onFiles={(files) => pair.mutate(files)} />
            </Stack>
          )}
          {pair.isError && <ProblemAlert error={pair.error} />}
          {pair.isSuccess && rows.length === 0 && <Alert severity="warning">{t("images.importNone")}</Alert>}
          {rows.length > 0 && (
            <>
              <Typography role="status">
                {isOver
                  ? t("images.importDone", { count: nDone, all: rows.length })
                  : t("images.importPaired", { count: nPaired, all: rows.length })}
              </Typography>
              {send.isPending && (
                <LinearProgress
                  variant="determinate"
                  value={(100 * nOver) / Math.max(1, nPaired)}
                  aria-label={t("images.importOutlines")}
                />
              )}
              <SimpleTable
                caption={t("images.importOutlines")}
                columns={[t("images.importFile"), t("images.importImage"), t("images.importOutcome")]}
                rows={shown.map((row) => [row.chosen.path, row.imageName ?? "–", outcome(row, t)])}
              />
              {rows.length > MOST_ROWS && (
                <Typography variant="body2">
                  {t("images.importMore", { count: rows.length - MOST_ROWS })}
                </Typography>
              )}
            </>
          )}
        </Stack>
      </DialogContent>
      <DialogActions>
        <Button onClick={onClose}>{t(isOver ? "app.close" : "app.cancel")}</Button>
        {!isOver && (
          <Button
            variant="contained"
            disabled={nPaired === 0}
            loading={send.isPending}
            onClick={() => send.mutate()}
          >
            {t("images.importSend", { count: nPaired })}
          </Button>
        )}
      </DialogActions>
    </Dialog>
  );
}

function rank(row: ImportRow): number {
  return { refused: 0, sending: 1, waiting: 2, done: row.message || row.isHidden ? 1 : 3 }[row.state];
}

function outcome(row: ImportRow, t: Text): string {
  const messages = row.message ? [row.message] : [];
  if (row.state === "refused") return row.message;
  if (row.state !== "done") return t(`images.import_${row.state}`);
  const hidden = row.isHidden ? [t("images.importHidden")] : [];
  return [t("images.nObjects", { count: row.nObjects }), ...hidden, ...messages].join(" · ");
}
