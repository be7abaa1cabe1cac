import { Marked } from "marked";
import { targetOf } from "./texts";

/** The anchor of a heading, as the documentation site makes them. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/<[^>]+>|[^\p{L}\p{N}\s_-]/gu, "")
    .trim()
    .replace(/[\s-]+/g, "-");
}

/** A page of the documentation as HTML; the text is ours, shipped with this page. */
export function htmlOf(path: string, text: string): string {
  const marked = new Marked({
    gfm: true,
    renderer: {
      heading({ tokens, depth }) {
        const inner = this.parser.parseInline(tokens);
        return `<h${depth} id="${anchorOf(inner)}">${inner}</h${depth}>\n`;
      },
      link({ href, tokens }) {
        const inner = this.parser.parseInline(tokens);
        const target = targetOf(path, href);
        if (target === null) return inner; // a file of the repository that is not part of the help
        const away = /^https?:/.test(target) ? ' target="_blank" rel="noreferrer"' : "";
        return `<a href="${target}"${away}>${inner}</a>`;
      },
      image({ href, text: label }) {
        const target = targetOf(path, href);
        return target ? `<img src="${target}" alt="${label.replaceAll('"', "&quot;")}" />` : label;
      },
    },
  });
  // what is wider than the page is scrolled, also by keyboard
  return marked.parse(text, { async: false }).replace(/<(pre|table)>/g, '<$1 tabindex="0">');
}
