import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { useOutlines } from "../api/results";
import type { DrawnOutline } from "../viewer/layers/outlines";
import { outlinesAt } from "./requests";

/** What is laid over the present outlines: another version, or this one as it was after a step. */
export interface Comparison {
  resultId: string | null;
  sequence: number | null;
  compareTo: (what: { resultId: string } | { sequence: number } | null) => void;
  outlines: readonly DrawnOutline[];
}

const COLOUR = "#ff5cc8";
const NONE: readonly DrawnOutline[] = [];
/** Keys of outlines that are looked at only: no object has them. */
const FIRST_KEY = -2_000_000_000;

export function useComparison(shownId: string | null): Comparison {
  const [what, setWhat] = useState<{ resultId?: string; sequence?: number }>({});
  const resultId = what.resultId ?? null;
  const sequence = what.sequence ?? null;
  const version = useOutlines(resultId);
  const earlier = useQuery({
    queryKey: ["outlines", shownId, "at", sequence],
    enabled: shownId !== null && sequence !== null,
    staleTime: Number.POSITIVE_INFINITY, // what was does not change
    queryFn: () => outlinesAt(shownId ?? "", sequence ?? 0),
  });
  const frame = resultId ? version.data : sequence !== null ? earlier.data : undefined;
  const outlines = useMemo(
    () => frame?.objects.map(({ outline }, i) => ({ key: FIRST_KEY + i, outline, colour: COLOUR })) ?? NONE,
    [frame],
  );
  return { resultId, sequence, compareTo: (next) => setWhat(next ?? {}), outlines };
}
