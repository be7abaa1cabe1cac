import type { Schemas } from "../api/client";
import type { TextKey } from "../i18n";
import { formatNumber } from "../i18n/numbers";
import presets from "./presets.json";

type Parameters = NonNullable<Schemas["RunRequest"]["parameters"]>;
export type Rules = Schemas["ObjectRules"];
type Preset = keyof typeof presets;
type Project = Schemas["ProjectOut"];
export type Region = Project["region"];

export const PRESETS = Object.keys(presets) as Preset[];
export const SPLITS = ["touching", "never", "always"] as const;
export const REGIONS = ["filled", "net", "core"] as const;

/** What a person sets in the dialogue, as it stands in its fields. */
export interface Choices {
  model: string;
  channel: number | null;
  /** "sharpest", "max", "mean", or the number of a slice. */
  z: string;
  unit: "um" | "px";
  diameter: string;
  region: Region;
  /** "own" as soon as a rule is changed. */
  preset: Preset | "own";
  split: (typeof SPLITS)[number];
  smallest: string;
  leaveOutBorder: boolean;
  inFocusOnly: boolean;
  keepLargest: string;
  expected: string;
  threshold: number | null;
  accurate: boolean;
}

/** The fields of a preset's rules. */
export function rulesOf(
  preset: Preset,
): Pick<Choices, "split" | "leaveOutBorder" | "inFocusOnly" | "keepLargest"> {
  const rules = presets[preset];
  return {
    split: rules.split as Choices["split"],
    leaveOutBorder: rules.leave_out_border,
    inFocusOnly: rules.in_focus_only,
    keepLargest: rules.keep_largest === null ? "" : String(rules.keep_largest),
  };
}

export function firstChoices(
  { region, rules: preset }: Pick<Project, "region" | "rules">,
  hasPixelSize: boolean,
): Choices {
  return {
    model: "",
    channel: null,
    z: "sharpest",
    unit: hasPixelSize ? "um" : "px",
    diameter: "",
    region,
    preset,
    ...rulesOf(preset),
    smallest: "",
    expected: "",
    threshold: null,
    accurate: false,
  };
}

const number = (text: string) => (text ? Number(text) : null);

/** What the service is asked for. */
export function parametersOf(choices: Choices): Parameters {
  const inUnit = (text: string, name: string) => ({
    [`${name}_um`]: choices.unit === "um" ? number(text) : null,
    [`${name}_px`]: choices.unit === "px" ? number(text) : null,
  });
  return {
    ...inUnit(choices.diameter, "diameter"),
    threshold: choices.threshold,
    accurate: choices.accurate,
    channel: choices.channel,
    z: /^\d+$/.test(choices.z) ? Number(choices.z) : (choices.z as "sharpest" | "max" | "mean"),
    expected_objects: number(choices.expected),
    region: choices.region,
    rules:
      choices.preset !== "own"
        ? choices.preset
        : {
            split: choices.split,
            ...inUnit(choices.smallest, "min_diameter"),
            leave_out_border: choices.leaveOutBorder,
            in_focus_only: choices.inFocusOnly,
            keep_largest: number(choices.keepLargest),
            by_content: false,
          },
  };
}

type Say = (key: TextKey, values?: Record<string, unknown>) => string;

function ruleTexts(rules: Partial<Rules>, t: Say): string[] {
  return [
    rules.split && rules.split !== "touching" ? t(`runs.split_${rules.split}`) : "",
    rules.min_diameter_um ? `${t("runs.smallest")}: ${formatNumber(rules.min_diameter_um)} µm` : "",
    rules.min_diameter_px ? `${t("runs.smallest")}: ${formatNumber(rules.min_diameter_px)} px` : "",
    rules.leave_out_border ? t("runs.leaveOutBorder") : "",
    rules.in_focus_only ? t("runs.inFocusOnly") : "",
    rules.keep_largest ? `${t("runs.keepLargest")}: ${rules.keep_largest}` : "",
  ];
}

/** What a run was told to do, one phrase a choice; what was left as it is goes without saying. */
export function choiceTexts(run: Schemas["RunOut"], t: Say): string[] {
  const parameters = run.parameters as Partial<Parameters>;
  const { channel, z, rules } = parameters;
  return [
    typeof channel === "number" ? `${t("runs.channel")}: ${channel + 1}` : "",
    typeof z === "number" ? t("runs.z_number", { number: z + 1 }) : "",
    z === "max" || z === "mean" ? t(`runs.z_${z}`) : "",
    parameters.diameter_um ? `${t("runs.diameter")}: ${formatNumber(parameters.diameter_um)} µm` : "",
    parameters.diameter_px ? `${t("runs.diameter")}: ${formatNumber(parameters.diameter_px)} px` : "",
    parameters.region ? t(`projects.region_${parameters.region}`) : "",
    ...(typeof rules === "string" ? [t(`runs.preset_${rules}`)] : rules ? ruleTexts(rules, t) : []),
    typeof parameters.threshold === "number"
      ? `${t("image.threshold")}: ${formatNumber(parameters.threshold, 2)}`
      : "",
    parameters.expected_objects ? `${t("runs.expected")}: ${parameters.expected_objects}` : "",
    parameters.accurate ? t("runs.accurate") : "",
  ].filter(Boolean);
}
