import { isInside } from "./measures";
import { type Box, boxOf, type Outline, overlaps } from "./outline";

/** Which outlines lie where: boxes in the cells of a grid. Outlines are many, alike in size and seldom moved. */
export class OutlineGrid<Key> {
  private readonly cells = new Map<number, Set<Key>>();
  private readonly items = new Map<Key, { outline: Outline; box: Box }>();

  /** @param cell side of a cell in image pixels; about the diameter of an object. */
  constructor(private readonly cell: number) {}

  set(key: Key, outline: Outline): void {
    this.delete(key);
    const box = boxOf(outline);
    this.items.set(key, { outline, box });
    this.each(box, (id) => {
      const cell = this.cells.get(id);
      if (cell) cell.add(key);
      else this.cells.set(id, new Set([key]));
    });
  }

  delete(key: Key): void {
    const item = this.items.get(key);
    if (!item) return;
    this.each(item.box, (id) => this.cells.get(id)?.delete(key));
    this.items.delete(key);
  }

  boxOf(key: Key): Box | undefined {
    return this.items.get(key)?.box;
  }

  /** Keys of outlines whose boxes meet the box. */
  within(box: Box): Set<Key> {
    const found = new Set<Key>();
    this.each(box, (id) => {
      for (const key of this.cells.get(id) ?? []) {
        const item = this.items.get(key);
        if (item && overlaps(item.box, box)) found.add(key);
      }
    });
    return found;
  }

  /** The smallest outline (by box) that holds the point: of two, the one inside the other is meant. */
  at(x: number, y: number, isWanted: (key: Key) => boolean = () => true): Key | undefined {
    let best: Key | undefined;
    let least = Infinity;
    for (const key of this.within([x, y, x, y])) {
      const item = this.items.get(key);
      if (!isWanted(key) || !item?.outline.some((part) => isInside(part, x, y))) continue;
      const size = (item.box[2] - item.box[0]) * (item.box[3] - item.box[1]);
      if (size < least) [best, least] = [key, size];
    }
    return best;
  }

  private each(box: Box, visit: (id: number) => void): void {
    for (let row = Math.floor(box[1] / this.cell); row <= Math.floor(box[3] / this.cell); row += 1) {
      for (
        let column = Math.floor(box[0] / this.cell);
        column <= Math.floor(box[2] / this.cell);
        column += 1
      ) {
        visit(row * 1_048_576 + column);
      }
    }
  }
}
