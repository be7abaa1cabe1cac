const STEPS = [1, 2, 5];

/** A round length (in `unit`) whose bar is at most `maxPx` wide where one screen pixel is `unitsPerPx` of it. */
export function scaleBar(unitsPerPx: number, maxPx = 140): { length: number; widthPx: number } {
  const most = unitsPerPx * maxPx;
  const power = 10 ** Math.floor(Math.log10(most));
  const step = STEPS.filter((each) => each * power <= most).at(-1) ?? 1;
  const length = step * power;
  return { length, widthPx: length / unitsPerPx };
}
