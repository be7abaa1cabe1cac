import { hasText, type TextKey, text } from "./";

/** A class of objects as models and hands name it, in the reader's language; a name of one's own stays as it is written. */
export function classTitle(name: string): string {
  const key = `classes.${name}`;
  return hasText(key) ? text(key as TextKey) : name;
}

/** A channel: the file's own name, or in words what the reader calls a channel that has none ("grey", "channel 2"). */
export function channelTitle(name: string): string {
  if (name === "grey") return text("image.grey");
  const number = /^channel (\d+)$/.exec(name)?.[1];
  return number ? text("image.channel", { number }) : name;
}
