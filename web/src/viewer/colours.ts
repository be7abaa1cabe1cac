import type { OutlinedObject } from "../geometry/frameOutlines";

/** What is known of an object without measuring it. */
type KnownColouring = "class" | "confidence" | "flags";

/** What outlines may be coloured by. */
export const COLOUR_BY = ["class", "confidence", "flags", "area", "circularity"] as const;
export type ColourBy = (typeof COLOUR_BY)[number];

// told apart by people who see no red or no green as well (after Okabe and Ito)
export const CLASS_COLOURS: Record<string, string> = {
  spheroid: "#19e0c8",
  object: "#19e0c8",
  core: "#ffb000",
  cell: "#56b4e9",
  nucleus: "#e69fff",
};
export const OTHER_CLASS_COLOUR = "#f0e442";
export const FLAG_COLOURS = { flagged: "#ff6b57", fine: "#19e0c8" };

export const CONFIDENCE_STOPS: readonly { from: number; colour: string }[] = [
  { from: 0.9, colour: "#35d07f" },
  { from: 0.7, colour: "#f0e442" },
  { from: 0, colour: "#ff6b57" },
];

/** In words: the stops of the colours. */
export function confidenceLevel(confidence: number): "high" | "medium" | "low" {
  return confidence >= 0.9 ? "high" : confidence >= 0.7 ? "medium" : "low";
}

export function colourOf(object: OutlinedObject, by: KnownColouring): string {
  if (by === "class") return CLASS_COLOURS[object.className] ?? OTHER_CLASS_COLOUR;
  if (by === "flags") return object.flags.length > 0 ? FLAG_COLOURS.flagged : FLAG_COLOURS.fine;
  const confidence = object.confidence;
  if (confidence === null) return "#b8c4ff";
  return CONFIDENCE_STOPS.find((each) => confidence >= each.from)?.colour ?? OTHER_CLASS_COLOUR;
}
