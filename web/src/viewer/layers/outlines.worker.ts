import { type Drawn, type ToPainter, unpacked } from "./messages";
import { OutlinePainter } from "./paint";

// the page's types are those of a window; a worker's own would clash with them
const scope = self as unknown as {
  onmessage: (event: MessageEvent<ToPainter>) => void;
  postMessage: (message: Drawn, transfer: Transferable[]) => void;
};

const painter = new OutlinePainter();
const canvas = new OffscreenCanvas(1, 1);
const context = canvas.getContext("2d");

scope.onmessage = ({ data }) => {
  switch (data.type) {
    case "put": {
      const outlines = unpacked(data.shape, data.vertices);
      painter.put(
        outlines.map((outline, i) => ({
          key: data.keys[i] as number,
          colour: data.colours[i] as string,
          outline,
        })),
        data.removed,
      );
      break;
    }
    case "colours":
      painter.recolour([...data.keys], data.colours);
      break;
    case "state":
      painter.look = data.look;
      painter.selected = data.selected;
      painter.hidden = data.hidden;
      break;
    case "draw": {
      if (!context) return;
      const start = performance.now();
      const { width, height, ratio } = data.window;
      const [w, h] = [Math.max(1, Math.round(width * ratio)), Math.max(1, Math.round(height * ratio))];
      if (canvas.width !== w || canvas.height !== h) {
        canvas.width = w;
        canvas.height = h;
      }
      painter.draw(context, data.window);
      const bitmap = canvas.transferToImageBitmap();
      scope.postMessage({ window: data.window, bitmap, ms: performance.now() - start }, [bitmap]);
    }
  }
};
