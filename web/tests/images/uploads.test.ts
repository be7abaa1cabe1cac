// @vitest-environment happy-dom
import { expect, test } from "vitest";
import { isImageName } from "../../src/images/chosenFiles";

test("every ending that the library reads is taken, in any case; hidden files and others are not", () => {
  for (const name of ["a.tif", "B.TIFF", "c.stk", "d.lsm", "e.btf", "f.tf8", "g.jpe", "h.dib", "p/q/i.nd2"])
    expect([name, isImageName(name)]).toEqual([name, true]);
  for (const name of ["a.txt", ".hidden.tif", "p/._a.tif", "tif", "a.tif.part"])
    expect([name, isImageName(name)]).toEqual([name, false]);
});
