import Box from "@mui/material/Box";
import Button from "@mui/material/Button";
import Stack from "@mui/material/Stack";
import Typography from "@mui/material/Typography";
import type { TextKey } from "../../i18n";
import { useText } from "../../i18n/useText";
import { notify } from "../../store/notifications";
import { formatDate } from "../../ui/format";
import { useEdits, useRestore } from "../requests";
import type { EditorSession } from "../session/session";

interface Props {
  session: EditorSession | null;
  resultId: string;
  version: number;
  canEdit: boolean;
  /** The step whose outlines are laid over the present ones. */
  comparedTo: number | null;
  onCompare: (sequence: number | null) => void;
}

const NAMED = new Set([
  "draw",
  "magnetic",
  "smart",
  "brush",
  "eraser",
  "vertices",
  "reshape",
  "split",
  "hole",
  "merge",
  "move",
  "remove",
  "subtract",
  "class",
  "smooth",
  "simplify",
  "grow",
  "snap",
  "copy",
  "filter",
  "restore",
]);

/** Every step that people took, newest first; each can be looked at, and gone back to. */
export function HistoryPanel({ session, resultId, version, canEdit, comparedTo, onCompare }: Props) {
  const t = useText();
  const edits = useEdits(resultId, version);
  const restore = useRestore(session, resultId);
  const steps = edits.data?.pages.flatMap((page) => page.items) ?? [];
  const isSaved = session?.isIdle ?? true;
  if (steps.length === 0) return <Typography variant="body2">{t("editor.noSteps")}</Typography>;
  const row = (sequence: number, title: string, about: string, isUndone = false) => (
    <Box
      component="li"
      key={sequence}
      data-step={sequence}
      sx={{ py: 0.75, borderBottom: 1, borderColor: "divider", opacity: isUndone ? 0.55 : 1 }}
    >
      <Typography
        variant="body2"
        sx={{ fontWeight: 600, textDecoration: isUndone ? "line-through" : undefined }}
      >
        {title}
      </Typography>
      <Typography variant="caption" color="textSecondary" component="div">
        {about}
      </Typography>
      <Stack direction="row" spacing={1}>
        <Button
          size="small"
          aria-pressed={comparedTo === sequence}
          onClick={() => onCompare(comparedTo === sequence ? null : sequence)}
        >
          {t(comparedTo === sequence ? "image.stopComparing" : "image.compare")}
        </Button>
        {canEdit && (
          <Button
            size="small"
            disabled={!isSaved || restore.isPending}
            onClick={() =>
              restore.mutate(sequence, { onSuccess: () => notify("success", t("editor.restored")) })
            }
          >
            {t("editor.restore")}
          </Button>
        )}
      </Stack>
    </Box>
  );
  return (
    <Box component="ol" sx={{ m: 0, p: 0, listStyle: "none" }}>
      {steps.map((each) => {
        const kind = NAMED.has(each.kind) ? t(`editor.step_${each.kind}` as TextKey) : each.kind;
        const counts = [
          each.n_added > 0 && `+${each.n_added}`,
          each.n_changed > 0 && `~${each.n_changed}`,
          each.n_removed > 0 && `−${each.n_removed}`,
        ].filter(Boolean);
        const about = [each.author_name, formatDate(each.created_at)].filter(Boolean).join(" · ");
        return row(each.sequence, `${kind} (${counts.join(" ")})`, about, each.is_undone);
      })}
      {!edits.hasNextPage && row(0, t("editor.asFirst"), "")}
      {edits.hasNextPage && (
        <Button size="small" loading={edits.isFetchingNextPage} onClick={() => edits.fetchNextPage()}>
          {t("app.more")}
        </Button>
      )}
    </Box>
  );
}
