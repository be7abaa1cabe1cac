import type TileLayer from "ol/layer/Tile";
import { unByKey } from "ol/Observable";
import type RenderEvent from "ol/render/Event";
import type { Picture } from "../../geometry/edges";

/** The pixels that are on the screen now, as brightness; null before anything is drawn. */
export interface Seen {
  read: () => Picture | null;
  stop: () => void;
}

/** Remembers what a layer of tiles last drew, to look for edges in it. */
export function watchPicture(layer: TileLayer): Seen {
  let last: RenderEvent | null = null;
  const key = layer.on("postrender", (event) => {
    last = event;
  });
  return {
    stop: () => unByKey(key),
    read() {
      const context = last?.context as CanvasRenderingContext2D | undefined;
      const state = last?.frameState;
      const [a, , , , e, f] = last?.inversePixelTransform ?? [];
      if (!context || !state || !a || e === undefined || f === undefined) return null;
      const { width, height } = context.canvas;
      const pixels = context.getImageData(0, 0, width, height).data;
      const values = new Float32Array(width * height);
      for (let i = 0; i < values.length; i += 1)
        values[i] =
          0.299 * (pixels[4 * i] as number) +
          0.587 * (pixels[4 * i + 1] as number) +
          0.114 * (pixels[4 * i + 2] as number);
      // canvas pixel → screen pixel → image pixel
      const [x, y] = state.viewState.center as [number, number];
      const { resolution } = state.viewState;
      const left = x + (-e / a - (state.size[0] as number) / 2) * resolution;
      const top = -y + (-f / a - (state.size[1] as number) / 2) * resolution;
      return { width, height, left, top, scale: resolution / a, values };
    },
  };
}
