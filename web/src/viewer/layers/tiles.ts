import TileLayer from "ol/layer/Tile";
import ImageTile from "ol/source/ImageTile";
import TileGrid from "ol/tilegrid/TileGrid";

export const TILE_PX = 512;

interface TiledImage {
  width: number;
  height: number;
  /** Address of a tile; level 0 is full resolution, each next half of it. */
  tileUrl: (level: number, column: number, row: number) => string;
}

/** The image's place on the map: x to the right, y upwards from the image's upper edge, one unit a pixel. */
export function extentOf(image: { width: number; height: number }): [number, number, number, number] {
  return [0, -image.height, image.width, 0];
}

export function nLevels(image: { width: number; height: number }): number {
  return Math.max(1, Math.ceil(Math.log2(Math.max(image.width, image.height) / TILE_PX)) + 1);
}

/** The image's pixels as a layer. Tiles at the right and lower edge are smaller: they keep their size. */
export function imageLayer(image: TiledImage): TileLayer {
  const levels = nLevels(image);
  const grid = new TileGrid({
    extent: extentOf(image),
    origin: [0, 0],
    resolutions: Array.from({ length: levels }, (_, i) => 2 ** (levels - 1 - i)),
    tileSize: TILE_PX,
  });
  const source = new ImageTile({
    tileGrid: grid,
    transition: 0,
    interpolate: false,
    wrapX: false,
    loader: (z, column, row) => load(image.tileUrl(levels - 1 - z, column, row)),
  });
  return new TileLayer({ source, extent: extentOf(image), preload: 1 });
}

async function load(url: string): Promise<HTMLCanvasElement> {
  const picture = new Image();
  picture.src = url;
  await picture.decode();
  const canvas = document.createElement("canvas");
  canvas.width = TILE_PX;
  canvas.height = TILE_PX;
  canvas.getContext("2d")?.drawImage(picture, 0, 0);
  return canvas;
}
