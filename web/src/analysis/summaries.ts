import type { Schemas } from "../api/client";
import {
  type Box,
  boxOf,
  finite,
  type Group,
  groupTitle,
  type Histogram,
  histogram,
  NO_GROUP,
} from "./statistics";
import type { ObjectRow } from "./table";

/** A measure in one group, ready to be drawn. */
export interface GroupSummary {
  key: string;
  name: string;
  title: string;
  n: number;
  missing: number;
  box: Box | null;
  /** Objects beyond the whiskers, as far as they are here. */
  beyond: readonly ObjectRow[];
}

export interface Summaries {
  groups: readonly GroupSummary[];
  histogram: Histogram;
}

const MOST_OUTLIERS = 60; // of one group; the table lists all

/** Sums up rows that are here. */
export function summariesOf(groups: readonly Group<ObjectRow>[], measure: string): Summaries {
  const all: number[] = [];
  const made = groups.map((group) => {
    const values = finite(group.rows.map((row) => row[measure]));
    all.push(...values);
    const box = boxOf(values);
    const beyond = box ? group.rows.filter((row) => isBeyond(row[measure], box)) : [];
    const step = Math.max(1, Math.ceil(beyond.length / MOST_OUTLIERS));
    return {
      key: group.key,
      name: group.name,
      title: group.title,
      n: values.length,
      missing: group.rows.length - values.length,
      box,
      beyond: beyond.filter((_, i) => i % step === 0),
    };
  });
  return { groups: made, histogram: histogram(all) };
}

function isBeyond(value: unknown, box: Box): boolean {
  return typeof value === "number" && (value < box.low || value > box.high);
}

/** The same as the service tells it, of more objects than a browser holds. */
export function summariesFrom(answer: Schemas["Statistics"], all: string): Summaries {
  let edges: number[] = [];
  const counts: number[] = [];
  const groups = answer.groups.flatMap((group): GroupSummary[] => {
    const column = group.columns[0];
    if (!column) return [];
    const bins = column.histogram;
    if (bins) {
      const width = (bins.high - bins.low) / Math.max(1, bins.counts.length);
      edges = Array.from({ length: bins.counts.length + 1 }, (_, i) => bins.low + i * width);
      for (const [i, count] of bins.counts.entries()) counts[i] = (counts[i] ?? 0) + count;
    }
    const { min, q1, median, q3, max, mean, whisker_low: low, whisker_high: high } = column;
    const isKnown = min !== null && q1 !== null && median !== null && q3 !== null && max !== null;
    const isTime = answer.group_by === "time_s";
    const own = String(group.group ?? NO_GROUP);
    const name = answer.group_by === "none" ? all : isTime ? own : (group.label ?? own);
    return [
      {
        key: answer.group_by === "image" ? own : name,
        name,
        title: answer.group_by === "none" ? all : groupTitle(answer.group_by, name),
        n: column.n,
        missing: column.n_na,
        box: isKnown
          ? {
              n: column.n,
              min,
              q1,
              median,
              q3,
              max,
              mean: mean ?? Number.NaN,
              sd: column.sd ?? Number.NaN,
              low: low ?? min,
              high: high ?? max,
            }
          : null,
        beyond: [],
      },
    ];
  });
  return { groups, histogram: { edges, counts } };
}
