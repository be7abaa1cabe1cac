import { hasText, text } from "../i18n";
import type { Values } from "../i18n/translator";
import { ApiProblem } from "./client";

let speak = (sentence: string) => sentence;

/** How the service's own sentences are said; they come with the pages that have all texts. */
export function speakDetailsBy(spoken: (sentence: string) => string): void {
  speak = spoken;
}

/** A sentence for a person about anything that was thrown. */
export function messageOf(error: unknown): string {
  if (error instanceof ApiProblem) {
    if (isOfLink(error.body.errors)) return text("problem.link_expired");
    const reason = reasonOf(error.body.errors);
    if (reason) return text("problem.invalid", { reason });
    // what only pages with all texts can be refused stands in a section of its own
    const key = [`problem.${error.code}`, `refusal.${error.code}`].find(hasText);
    const { detail } = error.body;
    const values = typeof detail === "string" ? { ...error.body, detail: speak(detail) } : error.body;
    if (key) return text(key as never, values);
    return error.message ? speak(error.message) : text("problem.unknown");
  }
  if (error instanceof TypeError) return text("problem.network");
  return error instanceof Error ? error.message : text("problem.unknown");
}

interface Wrong {
  where?: unknown;
  /** The service's sentence, in English. */
  reason?: unknown;
  /** What is wrong, by the name that pydantic has for it. */
  kind?: unknown;
  limits?: Values;
}

/** Kinds of which one text says enough. */
const ALIKE: readonly (readonly [RegExp, string])[] = [
  [/^(int|float|decimal)_|^finite_number$/, "number"],
  [/^string_pattern|^(uuid|date|datetime|url)_/, "form"],
  [/^(literal|enum)/, "choice"],
];

/** A link that was copied in half: there is no field in which anybody could mend it. */
function isOfLink(errors: unknown): boolean {
  return Array.isArray(errors) && (errors as Wrong[]).some((each) => each.where === "body.token");
}

/** "Pixel size: has to be greater than 0" of `body.pixel_size_um`: where a value stands in a request is nobody's business. */
function reasonOf(errors: unknown): string | null {
  const [first] = Array.isArray(errors) ? (errors as Wrong[]) : [];
  if (typeof first?.where !== "string" || typeof first.reason !== "string") return null;
  const kind = String(first.kind);
  const key = `problem.reason_${ALIKE.find(([pattern]) => pattern.test(kind))?.[1] ?? kind}`;
  const reason = hasText(key) ? text(key as never, first.limits) : first.reason;
  const name = fieldOf(first.where);
  return name ? `${name}: ${reason}` : reason;
}

function fieldOf(where: string): string {
  const field =
    where
      .split(".")
      .filter((part) => /^[a-z][a-z_]*$/.test(part) && part !== "body")
      .at(-1) ?? "";
  const name = field.replace(/(_[xy])?_(um|px|s)$/, "");
  const key = `problem.field_${name}`;
  if (hasText(key)) return text(key as never);
  const words = name.replaceAll("_", " ");
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}`;
}
