import Button from "@mui/material/Button";
import Card from "@mui/material/Card";
import Chip from "@mui/material/Chip";
import Stack from "@mui/material/Stack";
import Typography from "@mui/material/Typography";
import type { ImageDetail } from "../../api/images";
import { useResult, useResults, useShowVersion } from "../../api/results";
import { text } from "../../i18n";
import { formatNumber } from "../../i18n/numbers";
import { useText } from "../../i18n/useText";
import { notify } from "../../store/notifications";
import { copy } from "../../ui/copy";
import { formatDate } from "../../ui/format";
import { CompareIcon, CopyIcon } from "../../ui/icons";
import { useNewVersion } from "../requests";
import type { EditorSession } from "../session/session";
import type { Comparison } from "../useComparison";
import { HistoryPanel } from "./HistoryPanel";
import { ImportOutlines } from "./ImportOutlines";

interface Props {
  image: ImageDetail;
  frame: number;
  resultId: string | null;
  canEdit: boolean;
  comparison: Comparison;
  session: EditorSession | null;
  /** Of the shown outlines: the list of steps is read again when it changes. */
  version: number;
}

/** The size of a pixel that the numbers of a version are of. */
function measuredWith(size: ImageDetail["pixel_size_um"], t: ReturnType<typeof useText>): string {
  if (!size) return t("image.measuredInPixels");
  const sides = size.x === size.y ? [size.x] : [size.x, size.y];
  return t("image.measuredWith", { size: sides.map((each) => formatNumber(each)).join(" × ") });
}

/** Every run over this frame; none is ever overwritten. One is shown, another may be laid over it. */
export function VersionsPanel({ image, frame, resultId, canEdit, comparison, session, version }: Props) {
  const t = useText();
  const results = useResults(image.id, frame);
  const show = useShowVersion(image.id, frame);
  const shown = useResult(resultId);
  const newVersion = useNewVersion(image.id, frame);
  const compareId = comparison.resultId;
  if (results.data?.length === 0) {
    return (
      <Stack spacing={2} sx={{ p: 2 }}>
        <Typography>{t("image.noVersions")}</Typography>
        {canEdit && <ImportOutlines imageId={image.id} frame={frame} />}
      </Stack>
    );
  }
  return (
    <Stack spacing={2} sx={{ p: 2 }}>
      <Stack component="ul" spacing={1} sx={{ m: 0, p: 0, listStyle: "none" }}>
        {results.data?.map((result) => (
          <Card component="li" key={result.id} sx={{ p: 1.5 }}>
            <Stack direction="row" useFlexGap sx={{ gap: 1, alignItems: "center", flexWrap: "wrap" }}>
              <Typography variant="body2" sx={{ fontWeight: 600, mr: "auto" }}>
                {formatDate(result.created_at)}
              </Typography>
              {result.id === resultId && <Chip size="small" color="primary" label={t("image.shown")} />}
              {result.edited_at && <Chip size="small" variant="outlined" label={t("images.edited")} />}
            </Stack>
            <Typography variant="body2" color="textSecondary">
              {result.state === "done"
                ? t("images.nObjects", { count: result.n_objects })
                : t(`runs.state_${result.state}`)}
              {result.error_reason && ` – ${result.error_reason}`}
            </Typography>
            {result.state === "done" && (
              <Typography variant="body2" color="textSecondary">
                {result.is_measuring ? t("image.isMeasuring") : measuredWith(result.pixel_size_um, t)}
              </Typography>
            )}
            {result.state === "done" && result.id !== resultId && (
              <Stack direction="row" spacing={1} sx={{ mt: 0.5 }}>
                {canEdit && (
                  <Button size="small" onClick={() => show.mutate(result.id)} loading={show.isPending}>
                    {t("image.showVersion")}
                  </Button>
                )}
                <Button
                  size="small"
                  startIcon={<CompareIcon />}
                  aria-pressed={compareId === result.id}
                  onClick={() =>
                    comparison.compareTo(compareId === result.id ? null : { resultId: result.id })
                  }
                >
                  {t(compareId === result.id ? "image.stopComparing" : "image.compare")}
                </Button>
              </Stack>
            )}
            {result.id === resultId && shown.data && (
              <Button
                size="small"
                startIcon={<CopyIcon />}
                onClick={async () => {
                  if (await copy(JSON.stringify(shown.data.run_card, null, 2)))
                    notify("success", text("image.cardCopied"));
                }}
              >
                {t("image.copyCard")}
              </Button>
            )}
          </Card>
        ))}
      </Stack>
      {canEdit && resultId && (
        <Button variant="outlined" loading={newVersion.isPending} onClick={() => newVersion.mutate(resultId)}>
          {t("editor.copyVersion")}
        </Button>
      )}
      {canEdit && <ImportOutlines imageId={image.id} frame={frame} />}
      {resultId && (
        <section aria-label={t("editor.history")}>
          <Typography variant="h3" component="h2">
            {t("editor.history")}
          </Typography>
          <HistoryPanel
            session={session}
            resultId={resultId}
            version={version}
            canEdit={canEdit}
            comparedTo={comparison.sequence}
            onCompare={(sequence) => comparison.compareTo(sequence === null ? null : { sequence })}
          />
        </section>
      )}
    </Stack>
  );
}
