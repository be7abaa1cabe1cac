import { useEffect, useMemo, useState } from "react";
import { useObjects } from "../../api/results";
import type { Measuring } from "../../geometry/measures";
import type { Editing } from "../useEditor";
import type { Saved } from "./objectRows";

/** Beyond this the service's measures of single objects are not fetched one page after the other. */
const MOST_FETCHED = 4000;

/** The service's measures: those that it had, and those that it answers to each edit. */
export function useSaved(
  resultId: string | null,
  editing: Editing,
  measuring: Measuring,
): { saved: Saved; error: unknown; retry: () => void } {
  const isFew = editing.document.size <= MOST_FETCHED;
  const objects = useObjects(isFew ? resultId : null);
  const [edited, setEdited] = useState<Saved>(new Map());
  const { session } = editing;
  const { pixelSizeUm, region } = measuring;
  const scale = `${pixelSizeUm?.x} ${pixelSizeUm?.y} ${region}`;
  // biome-ignore lint/correctness/useExhaustiveDependencies: what was answered at another scale is not of this one
  useEffect(() => {
    setEdited(new Map());
    if (!session) return;
    session.onSaved = (answer) =>
      setEdited((now) => {
        const next = new Map(now);
        for (const each of answer.objects) next.set(each.number, each.measures);
        return next;
      });
    return () => {
      session.onSaved = () => undefined;
    };
  }, [session, scale]);
  const saved = useMemo<Saved>(
    () => new Map([...(objects.data ?? []).map((each) => [each.number, each.measures] as const), ...edited]),
    [objects.data, edited],
  );
  return { saved, error: objects.error, retry: () => void objects.refetch() };
}
