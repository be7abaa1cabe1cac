/** The same choice with this number, or without it where it was among them. */
export function toggled(now: ReadonlySet<number>, number: number): ReadonlySet<number> {
  const next = new Set(now);
  if (!next.delete(number)) next.add(number);
  return next;
}
