import Alert from "@mui/material/Alert";
import Box from "@mui/material/Box";
import Skeleton from "@mui/material/Skeleton";
import { useMemo } from "react";
import type { Exclusion } from "../../api/exclusion";
import type { Measuring } from "../../geometry/measures";
import { useText } from "../../i18n/useText";
import { useStore } from "../../store/store";
import { EmptyState } from "../../ui/EmptyState";
import { PlayIcon } from "../../ui/icons";
import { ProblemAlert } from "../../ui/ProblemAlert";
import type { Editing } from "../useEditor";
import { ObjectsTable, ROW_PX } from "./ObjectsTable";
import { rowsOf } from "./objectRows";
import { useSaved } from "./useSaved";

interface Props {
  resultId: string | null;
  isRunning: boolean;
  failure: string | null;
  editing: Editing;
  measuring: Measuring;
  /** What the project leaves out. */
  rules: Exclusion | null;
  onSelect: (number: number | null, isAdding: boolean) => void;
}

const NOTHING: ReadonlySet<number> = new Set();

/** The objects of the shown version: a row is its outline, an outline its row. */
export function ObjectsPanel({ resultId, isRunning, failure, editing, measuring, rules, onSelect }: Props) {
  const t = useText();
  const { document, facts, state, controller } = editing;
  const selected = useStore(controller.selected);
  const { saved, error, retry } = useSaved(resultId, editing, measuring);
  const waiting = useMemo(() => {
    const steps = state?.sync.waiting ?? [];
    if (steps.length === 0) return NOTHING;
    return new Set(steps.flatMap((each) => each.operation?.changes.map((change) => change.number) ?? []));
  }, [state?.sync.waiting]);
  const rows = useMemo(
    () => rowsOf({ document, facts, saved, waiting }, measuring, rules),
    [document, facts, saved, waiting, measuring, rules],
  );
  if (!resultId) {
    if (isRunning)
      return (
        <Alert severity="info" sx={{ m: 2 }}>
          {t("image.isRunning")}
        </Alert>
      );
    if (failure)
      return (
        <Alert severity="error" sx={{ m: 2 }}>
          {failure}
        </Alert>
      );
    return (
      <Box sx={{ p: 2 }}>
        <EmptyState icon={<PlayIcon />} title={t("image.noOutlines")}>
          {t("image.noOutlinesHelp")}
        </EmptyState>
      </Box>
    );
  }
  if (editing.isPending)
    return (
      <Box sx={{ p: 2 }}>
        {[0, 1, 2, 3, 4, 5].map((i) => (
          <Skeleton key={i} height={ROW_PX} />
        ))}
      </Box>
    );
  return (
    <>
      {error ? (
        <Box sx={{ p: 2 }}>
          <ProblemAlert error={error} onRetry={retry} />
        </Box>
      ) : null}
      <ObjectsTable
        rows={rows}
        unit={measuring.pixelSizeUm ? "µm" : "px"}
        selected={selected}
        onSelect={onSelect}
      />
    </>
  );
}
