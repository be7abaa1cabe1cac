import type { ImageDetail } from "../api/images";

/** How one channel is shown: raw values that become black and white, and the colour of white. */
export interface ChannelDisplay {
  channel: number;
  name: string;
  isShown: boolean;
  black: number;
  white: number;
  /** "rrggbb" */
  colour: string;
}

/** The display that the service chose when it read the image. */
export function defaultDisplay(image: ImageDetail): ChannelDisplay[] {
  const colours = Array.isArray(image.details.colours) ? (image.details.colours as string[]) : [];
  const isSingle = image.display_ranges.length === 1;
  return image.display_ranges.map(([black, white], channel) => ({
    channel,
    name: image.channel_names[channel] ?? "",
    isShown: true,
    black: black ?? 0,
    white: white ?? 255,
    colour: colourOfChannel(image.channel_names[channel] ?? "", isSingle, colours[channel], channel),
  }));
}

const TRANSMITTED = /bright|phase|dic\b|trans|\b(bf|ph|tl)\b/i;
/** Told apart when laid over each other; the first four are those of the usual stains. */
const COLOURS = ["4f8bff", "35d07f", "ff5c5c", "ff5cf0", "ffb000", "19e0c8"];

/** Transmitted light and a single channel are grey; else the file's own colour, or one of ours. */
function colourOfChannel(name: string, isSingle: boolean, own: string | undefined, channel: number): string {
  if (isSingle || TRANSMITTED.test(name)) return "ffffff";
  const isStated = own !== undefined && !/^f{6}$/i.test(own);
  return isStated ? own : (COLOURS[channel % COLOURS.length] as string);
}

/** The lowest and highest raw values that the contrast can be set to. */
export function rawLimits(image: ImageDetail, display: ChannelDisplay): [number, number] {
  if (image.dtype?.startsWith("uint") || image.dtype?.startsWith("int")) {
    const bits = image.significant_bits ?? Number(image.dtype.replace(/\D+/, ""));
    // most 16-bit images use a small part of what 16 bits can say; the slider has to have its steps there
    return [0, Math.min(2 ** bits - 1, Math.max(255, Math.ceil(display.white * 3)))];
  }
  const span = display.white - display.black || 1;
  return [display.black - span, display.white + span];
}

/** The address of a tile; it holds everything that decides its pixels, so it never changes. */
export function tileUrl(
  imageId: string,
  display: readonly ChannelDisplay[],
  frame: number,
  z: number | "max",
  [level, column, row]: readonly [number, number, number],
): string {
  const query = new URLSearchParams({ frame: String(frame), z: String(z) });
  for (const each of display) {
    if (each.isShown)
      query.append("c", `${each.channel}:${number(each.black)}:${number(each.white)}:${each.colour}`);
  }
  return `/api/v1/images/${imageId}/tiles/${level}/${column}/${row}?${query}`;
}

function number(value: number): string {
  return String(Number(value.toPrecision(8)));
}
