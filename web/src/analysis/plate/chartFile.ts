import { saveAs } from "../csv";

const INK = "#222";
const PROPERTIES = [
  "fill",
  "fill-opacity",
  "stroke",
  "stroke-width",
  "stroke-dasharray",
  "stroke-opacity",
  "opacity",
  "font-size",
  "font-weight",
  "text-anchor",
  "dominant-baseline",
] as const;

/** How large a drawing is: what it says itself, else what it takes on the screen. */
function sizeOf(svg: SVGSVGElement): [number, number] {
  const [, , width = 0, height = 0] = (svg.getAttribute("viewBox") ?? "").split(" ").map(Number);
  return width && height ? [width, height] : [svg.clientWidth || 600, svg.clientHeight || 400];
}

/** The drawing with all that style sheets say about it written into it, as it looks on paper: dark on light. */
function standing(svg: SVGSVGElement, width: number, height: number): SVGSVGElement {
  const copy = svg.cloneNode(true) as SVGSVGElement;
  const holder = svg.parentElement;
  const scheme = holder?.getAttribute("data-color-scheme");
  const colour = holder?.style.color ?? "";
  holder?.setAttribute("data-color-scheme", "light");
  holder?.style.setProperty("color", INK); // what texts inherit comes from further up
  const drawn = svg.querySelectorAll<SVGElement>("*");
  const copied = copy.querySelectorAll<SVGElement>("*");
  for (const [i, element] of drawn.entries()) {
    const look = getComputedStyle(element);
    const target = copied[i];
    for (const name of PROPERTIES) target?.style.setProperty(name, look.getPropertyValue(name));
    target?.removeAttribute("tabindex");
  }
  holder?.style.setProperty("color", colour);
  if (scheme === null || scheme === undefined) holder?.removeAttribute("data-color-scheme");
  else holder?.setAttribute("data-color-scheme", scheme);
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  copy.setAttribute("viewBox", `0 0 ${width} ${height}`);
  copy.setAttribute("width", String(width));
  copy.setAttribute("height", String(height));
  copy.setAttribute("font-family", "sans-serif");
  copy.style.color = INK;
  return copy;
}

/** The chart as a file of its own: SVG as it is drawn, or PNG at twice the size. */
export async function saveChart(svg: SVGSVGElement, name: string, kind: "svg" | "png"): Promise<void> {
  const [width, height] = sizeOf(svg);
  const text = new XMLSerializer().serializeToString(standing(svg, width, height));
  const file = new Blob([text], { type: "image/svg+xml" });
  if (kind === "svg") return saveAs(`${name}.svg`, file);
  const url = URL.createObjectURL(file);
  try {
    const picture = new Image();
    picture.src = url;
    await picture.decode();
    const canvas = document.createElement("canvas");
    canvas.width = 2 * width;
    canvas.height = 2 * height;
    const context = canvas.getContext("2d");
    if (!context) return;
    context.fillStyle = "#fff";
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.drawImage(picture, 0, 0, canvas.width, canvas.height);
    const made = await new Promise<Blob | null>((done) => canvas.toBlob(done, "image/png"));
    if (made) saveAs(`${name}.png`, made);
  } finally {
    URL.revokeObjectURL(url);
  }
}
