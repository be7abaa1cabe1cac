import Button from "@mui/material/Button";
import Stack from "@mui/material/Stack";
import Typography from "@mui/material/Typography";
import { useEffect } from "react";
import { boxOf } from "../../geometry/outline";
import { useText } from "../../i18n/useText";
import { FloatingPaper } from "../../ui/FloatingPaper";
import type { EditorController } from "../controller";
import type { EditorDocument } from "../document";
import type { Choice } from "../session/conflicts";
import type { EditorSession } from "../session/session";
import type { Conflict } from "../session/syncState";

interface Props {
  controller: EditorController;
  session: EditorSession;
  conflict: Conflict;
  nLeft: number;
  document: EditorDocument;
  onShow: (box: readonly [number, number, number, number]) => void;
}

/** Two people changed the same object: both outlines lie on the picture, and a person decides. */
export function ConflictPanel({ controller, session, conflict, nLeft, document, onShow }: Props) {
  const t = useText();
  const { changes } = conflict.operation;
  const mine = changes.flatMap((each) => (each.after ? [each.after.outline] : []));
  const theirs = changes.flatMap((each) => {
    const object = document.get(each.number);
    return object ? [object.outline] : [];
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: drawn for each conflict, and again when theirs changes
  useEffect(() => {
    controller.conflict = { mine, theirs };
    controller.redraw();
    const first = mine[0] ?? theirs[0];
    if (first) onShow(boxOf(first));
    return () => {
      controller.conflict = null;
      controller.redraw();
    };
  }, [controller, conflict.id, document]);
  const isRefused = conflict.reason === "refused";
  const choices: Choice[] =
    mine.length > 0 && theirs.length > 0 && !isRefused ? ["mine", "theirs", "both"] : ["mine", "theirs"];
  return (
    <FloatingPaper
      role="alertdialog"
      aria-label={t("editor.conflict")}
      elevation={6}
      sx={{
        left: 8,
        right: 56,
        bottom: 56,
        maxWidth: 520,
        p: 1.5,
        zIndex: 3,
        borderLeft: 4,
        borderColor: "warning.main",
      }}
    >
      <Typography variant="h3" component="h2">
        {t(isRefused ? "editor.refused" : "editor.conflict")}
        {nLeft > 1 && ` (${nLeft})`}
      </Typography>
      <Typography variant="body2" sx={{ my: 0.5 }}>
        {isRefused
          ? conflict.message
          : t("editor.conflictExplanation", {
              numbers: changes
                .map((each) => each.number)
                .filter((n) => n > 0)
                .join(", "),
            })}
      </Typography>
      <Stack direction="row" spacing={2} sx={{ mb: 1 }}>
        <Legend
          colour="#ffb000"
          dash="8 5"
          label={mine.length > 0 ? t("editor.mine") : t("editor.mineDeleted")}
        />
        <Legend colour="#ff7ad9" label={theirs.length > 0 ? t("editor.theirs") : t("editor.theirsDeleted")} />
      </Stack>
      <Stack direction="row" useFlexGap sx={{ gap: 1, flexWrap: "wrap" }}>
        {choices.map((choice) => (
          <Button
            key={choice}
            size="small"
            variant="outlined"
            onClick={() => session.resolve(conflict.id, choice)}
          >
            {t(isRefused ? (choice === "mine" ? "editor.retry" : "editor.discard") : `editor.keep_${choice}`)}
          </Button>
        ))}
      </Stack>
    </FloatingPaper>
  );
}

function Legend({ colour, dash, label }: { colour: string; dash?: string; label: string }) {
  return (
    <Stack direction="row" spacing={1} sx={{ alignItems: "center" }}>
      <svg width="32" height="8" aria-hidden="true">
        <line x1="0" y1="4" x2="32" y2="4" stroke={colour} strokeWidth="4" strokeDasharray={dash} />
      </svg>
      <Typography variant="body2">{label}</Typography>
    </Stack>
  );
}
