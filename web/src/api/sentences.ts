import { type TextKey, text } from "../i18n";

/** Whole sentences that the service itself says, and no person: a model's word of itself, what an analysis notes. */
const OWN: Readonly<Record<string, TextKey>> = {
  "Outlines spheroids, organoids, cells and nuclei in brightfield, phase contrast and fluorescence; loose cells, debris and well walls are left out. Trained on fourteen public image sets and on rendered scenes.":
    "runs.model_spheroid",
  "Background, threshold and watershed: no training, fast, for clean images.": "runs.model_classical",
  "Classical (no network)": "runs.model_classicalTitle",
  "one time only: no growth": "plate.note_oneTime",
  "no well that counts has a compound with a dose above 0: no dose–response": "plate.note_noDose",
  "no negative control in the layout has a value: responses are relative to nothing": "plate.note_noControl",
  "times before 0 are kept: 0 is taken to be the treatment or the first plate reading":
    "plate.note_beforeZero",
  "times are hours since the first acquisition of each plate": "plate.note_sinceFirst",
  "the table has no times: one time only": "plate.note_noTimes",
};

/** A sentence of the service in the person's language; what somebody else wrote stays as it is written. */
export function spoken(sentence: string): string {
  const key = Object.hasOwn(OWN, sentence) ? OWN[sentence] : undefined;
  return key ? text(key as never) : sentence;
}

export const OWN_SENTENCES = Object.keys(OWN);
