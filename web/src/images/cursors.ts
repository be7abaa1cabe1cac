/** Where the known pages of a list begin. */
export type Cursors = readonly (string | null)[];
export const FIRST: Cursors = [null];

/**
 * The cursors of the pages that are known, from what each page says of the next.
 *
 * A page whose end has moved (an image came or went) cuts off what was known behind it.
 */
export function follow(cursors: Cursors, page: number, next: string | null | undefined): Cursors {
  if (page >= cursors.length) return cursors;
  if (next === null || next === undefined)
    return cursors.length === page + 1 ? cursors : cursors.slice(0, page + 1);
  return cursors[page + 1] === next ? cursors : [...cursors.slice(0, page + 1), next];
}
