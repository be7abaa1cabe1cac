const files = import.meta.glob<string>("../../../docs/{tutorials,how-to,reference,explanation}/*.md", {
  query: "?raw",
  import: "default",
  eager: true,
});
const drawings = import.meta.glob<string>("../../../docs/**/*.svg", {
  query: "?url",
  import: "default",
  eager: true,
});

export const SECTIONS = ["tutorials", "how-to", "reference", "explanation"] as const;

interface HelpPage {
  /** As in the address: "how-to/plates". */
  path: string;
  section: (typeof SECTIONS)[number];
  title: string;
  text: string;
}

const inDocs = (file: string) => file.slice(file.indexOf("/docs/") + "/docs/".length);

/** The documentation, page by page: the same files that the repository and the documentation site show. */
export const helpPages: readonly HelpPage[] = Object.entries(files)
  .map(([file, text]) => {
    const path = inDocs(file).replace(/\.md$/, "");
    const title = /^# (.+)$/m.exec(text)?.[1] ?? path;
    return {
      path,
      section: path.split("/")[0] as HelpPage["section"],
      title: title.replaceAll("`", ""),
      text,
    };
  })
  .sort((a, b) => a.title.localeCompare(b.title));

const drawn = new Map(Object.entries(drawings).map(([file, url]) => [inDocs(file), url]));

/** Where a link of a page leads: to another page of the help, to a drawing, elsewhere, or nowhere that is shown here. */
export function targetOf(from: string, link: string): string | null {
  if (/^(https?:|mailto:|#)/.test(link)) return link;
  const [path = "", anchor] = link.split("#");
  const at = new URL(path, `http://help/${from}`).pathname.slice(1);
  const hash = anchor ? `#${anchor}` : "";
  const page = at.replace(/\.md$/, "");
  if (helpPages.some((each) => each.path === page)) return `/help/${page}${hash}`;
  return drawn.get(at) ?? null;
}
