import { saveAs } from "../csv";

/** The chart as a file of its own: SVG as it is drawn, or PNG at twice the size. */
export async function saveChart(svg: SVGSVGElement, name: string, kind: "svg" | "png"): Promise<void> {
  const copy = svg.cloneNode(true) as SVGSVGElement;
  const [, , width = 600, height = 400] = (svg.getAttribute("viewBox") ?? "0 0 600 400")
    .split(" ")
    .map(Number);
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  copy.setAttribute("width", String(width));
  copy.setAttribute("height", String(height));
  copy.setAttribute("font-family", "sans-serif");
  copy.style.color = "#222";
  const file = new Blob([new XMLSerializer().serializeToString(copy)], { type: "image/svg+xml" });
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
