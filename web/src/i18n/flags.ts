import { hasText, type TextKey, text } from "./";

/** What a reason code says, in the reader's language; a code that is newer than this page is shown as it is. */
export function flagName(code: string): string {
  const key = `flags.${code}`;
  return hasText(key) ? text(key as TextKey) : code.replaceAll("_", " ");
}
