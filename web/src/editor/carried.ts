import { useLocation } from "react-router";
import type { ImageDetail } from "../api/images";
import type { ColourBy } from "../viewer/colours";
import { type ChannelDisplay, defaultDisplay } from "../viewer/display";
import type { OutlineLook } from "../viewer/layers/paint";
import type { ToolId } from "./tools";
import type { ToolOptions } from "./tools/tool";

/** What goes along when somebody moves on to the next image. */
export interface Carried {
  display: readonly ChannelDisplay[];
  look: OutlineLook;
  colourBy: ColourBy;
  tool: ToolId;
  options: ToolOptions;
}

/** How the image before was looked at and worked on; null where nobody came from one. */
export function useCarried(): Carried | null {
  return (useLocation().state as { carried?: Carried } | null)?.carried ?? null;
}

/** The display of the image before, if this one has the same channels. */
export function displayFor(image: ImageDetail, carried: Carried | null): ChannelDisplay[] {
  const own = defaultDisplay(image);
  const isSame =
    carried?.display.length === own.length &&
    own.every(
      (each, i) => each.name === carried.display[i]?.name && each.channel === carried.display[i]?.channel,
    );
  return isSame ? [...carried.display] : own;
}
