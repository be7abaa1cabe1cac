import { currentLanguage, hasText, type TextKey, text } from "../i18n";
import { inNotation, inWhole } from "../i18n/numbers";
import { speakDetailsBy } from "./messages";
import said from "./sentences.json";

/** Sentences that the service and the library say of themselves, by code; `{{…}}` is where a value stands. */
export const SENTENCES: Readonly<Record<string, string>> = said;

const HOLE = /{{(\w+)}}/;

interface Pattern {
  code: string;
  matches: RegExp;
  names: string[];
}

/** What has values, the wordiest first: of two that fit, the one that says more is meant. */
const PATTERNS: readonly Pattern[] = Object.entries(SENTENCES)
  .filter(([, sentence]) => HOLE.test(sentence))
  .map(([code, sentence]) => {
    const parts = sentence.split(HOLE); // words, name, words, name, …
    const words = parts.filter((_, i) => i % 2 === 0);
    const matches = new RegExp(
      `^${words.map((each) => each.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("(.+?)")}$`,
      "s",
    );
    return { code, matches, names: parts.filter((_, i) => i % 2 === 1), length: words.join("").length };
  })
  .sort((a, b) => b.length - a.length);

const WHOLE: ReadonlyMap<string, string> = new Map(
  Object.entries(SENTENCES).map(([code, sentence]) => [sentence, code]),
);

/** A sentence of the service in the person's language, null where it is none of those that we know. */
function known(sentence: string): string | null {
  const code = WHOLE.get(sentence);
  if (code) return text(`sentences.${code}` as TextKey);
  for (const { code: found, matches, names } of PATTERNS) {
    const [, ...values] = matches.exec(sentence) ?? [];
    if (values.length === 0) continue;
    const given = names.map((name, i) => [name, spokenValue(values[i] ?? "", name)]);
    return text(`sentences.${found}` as TextKey, Object.fromEntries(given));
  }
  return ofNamed(sentence);
}

/** "plate_A01.tif: the file is empty": a name, which stays, and what is said of it. */
function ofNamed(sentence: string): string | null {
  const end = sentence.indexOf(": ");
  const found = end > 0 ? known(sentence.slice(end + 2)) : null;
  return found && `${sentence.slice(0, end)}: ${found}`;
}

/** A value is a name, a number, or again something that the service says. */
function spokenValue(value: string, name: string): string {
  // several sentences in one; semicolons stand in them, too
  if (name === "lines")
    return value
      .split(/; (?=left out: )/)
      .map(spoken)
      .join("; ");
  if (/^\d{1,3}(,\d{3})+$/.test(value)) return inWhole(Number(value.replaceAll(",", "")));
  if (/^\d+\.\d+$/.test(value)) return inNotation(value);
  return known(value) ?? (DETAILS.has(name) ? quoted(value) : value);
}

/** Values that say why; what is none of our sentences is another program's, such as that of a library that reads a format. */
const DETAILS: ReadonlySet<string> = new Set(["detail", "error", "reason"]);

/** Another program's words: kept, for whoever looks them up, and marked as English in the middle of another language. */
function quoted(words: string): string {
  return currentLanguage() === "en" || !/[a-z] +[a-z]/i.test(words)
    ? words
    : text("quoted.english", { words });
}

/** A sentence of the service in the person's language; what somebody else wrote stays as it is written. */
export function spoken(sentence: string): string {
  return known(sentence) ?? sentence;
}

/** Why something failed: by its sentence, else by its code with what the service says, which is a detail then. */
export function failureText(code: string | null | undefined, reason: string | null | undefined): string {
  const sentence = known(reason ?? "");
  if (sentence !== null) return sentence;
  const key = `sentences.failure_${code}`;
  return hasText(key) ? text(key as TextKey, { reason: quoted(reason ?? "") }) : (reason ?? "");
}

speakDetailsBy(spoken);
