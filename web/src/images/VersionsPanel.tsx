import Button from "@mui/material/Button";
import Card from "@mui/material/Card";
import Chip from "@mui/material/Chip";
import Stack from "@mui/material/Stack";
import Typography from "@mui/material/Typography";
import { text } from "../i18n";
import { useText } from "../i18n/useText";
import { useResult, useResults, useShowVersion } from "../segmentation/queries";
import { formatDate } from "../ui/format";
import { CompareIcon, CopyIcon } from "../ui/icons";
import { notify } from "../ui/notifications";
import type { ImageDetail } from "./queries";

interface Props {
  image: ImageDetail;
  frame: number;
  resultId: string | null;
  canEdit: boolean;
  compareId: string | null;
  onCompare: (resultId: string | null) => void;
}

/** Every run over this frame; none is ever overwritten. One is shown, another may be laid over it. */
export function VersionsPanel({ image, frame, resultId, canEdit, compareId, onCompare }: Props) {
  const t = useText();
  const results = useResults(image.id, frame);
  const show = useShowVersion(image.id, frame);
  const shown = useResult(resultId);
  if (results.data?.length === 0) return <Typography sx={{ p: 2 }}>{t("image.noVersions")}</Typography>;
  return (
    <Stack component="ul" spacing={1} sx={{ m: 0, p: 2, listStyle: "none" }}>
      {results.data?.map((result) => (
        <Card component="li" key={result.id} sx={{ p: 1.5 }}>
          <Stack direction="row" useFlexGap sx={{ gap: 1, alignItems: "center", flexWrap: "wrap" }}>
            <Typography variant="body2" sx={{ fontWeight: 600, mr: "auto" }}>
              {formatDate(result.created_at)}
            </Typography>
            {result.id === resultId && <Chip size="small" color="primary" label={t("image.shown")} />}
            {result.edited_at && <Chip size="small" variant="outlined" label={t("images.edited")} />}
          </Stack>
          <Typography variant="body2" color="text.secondary">
            {result.state === "done"
              ? t("images.nObjects", { count: result.n_objects })
              : t(`runs.state_${result.state}`)}
            {result.error_reason && ` – ${result.error_reason}`}
          </Typography>
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
                onClick={() => onCompare(compareId === result.id ? null : result.id)}
              >
                {t(compareId === result.id ? "image.stopComparing" : "image.compare")}
              </Button>
            </Stack>
          )}
          {result.id === resultId && shown.data && (
            <Button
              size="small"
              startIcon={<CopyIcon />}
              onClick={() =>
                navigator.clipboard
                  .writeText(JSON.stringify(shown.data.run_card, null, 2))
                  .then(() => notify("success", text("image.cardCopied")))
              }
            >
              {t("image.copyCard")}
            </Button>
          )}
        </Card>
      ))}
    </Stack>
  );
}
