import type { Schemas } from "./client";

/** Which objects a project leaves out. */
export type Exclusion = Schemas["ObjectExclusion"];

interface Judged {
  diameterUm: number | null;
  circularity: number | null;
  confidence: number | null;
  flags: readonly string[];
}

/** Why a project leaves an object out, as the service says it; what is not known leaves it in. */
export function reasonsOf(rules: Exclusion | null, object: Judged): string[] {
  if (!rules) return [];
  const flags = new Set([...(rules.touches_border ? ["touches_border"] : []), ...rules.flags]);
  const below = (value: number | null, bound: number | null | undefined) =>
    value !== null && bound !== null && bound !== undefined && value < bound;
  const above = (value: number | null, bound: number | null | undefined) =>
    value !== null && bound !== null && bound !== undefined && value > bound;
  return [
    ...[...flags].filter((flag) => object.flags.includes(flag)),
    ...(below(object.diameterUm, rules.min_diameter_um) ? ["too_small"] : []),
    ...(above(object.diameterUm, rules.max_diameter_um) ? ["too_large"] : []),
    ...(below(object.circularity, rules.min_circularity) ? ["not_round"] : []),
    ...(below(object.confidence, rules.min_confidence) ? ["unsure"] : []),
  ];
}

const FOR_FLAGS = { touches_border: true, flags: [] } as const;

/** What somebody usually leaves out, by kind of experiment. */
export const EXCLUSION_PRESETS = {
  one_spheroid_a_well: { ...FOR_FLAGS, flags: ["debris"], min_circularity: 0.5 },
  many_organoids: { ...FOR_FLAGS, flags: ["debris", "out_of_focus"], min_diameter_um: 30 },
  invasion: { touches_border: false, flags: ["debris"] },
  cells: { ...FOR_FLAGS, flags: [], min_diameter_um: 5 },
} as const;
