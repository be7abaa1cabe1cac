const OF_PAGES: readonly (readonly [RegExp, string])[] = [
  [/^\/projects\/[^/]+\/images\//, "how-to/correct-outlines"],
  [/^\/projects\/[^/]+\/review/, "how-to/correct-outlines"],
  [/^\/projects\/[^/]+\/(results|report)/, "reference/measurements"],
  [/^\/projects\/[^/]+\/plate/, "how-to/plates"],
  [/^\/projects\/[^/]+\/runs/, "explanation/segmentation"],
  [/^\/projects\/[^/]+\/exports/, "reference/formats"],
  [/^\/settings/, "how-to/script-the-service"],
  [/^\/admin/, "how-to/run-the-service"],
];

/** The page of the help that says most about the page one is on. */
export function helpOf(pathname: string): string {
  const found = OF_PAGES.find(([pattern]) => pattern.test(pathname));
  return found ? `/help/${found[1]}` : "/help";
}
