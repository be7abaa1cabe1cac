import Box from "@mui/material/Box";
import { classTitle } from "../i18n/givenNames";
import { useText } from "../i18n/useText";
import { formatPercent } from "../ui/format";
import {
  CLASS_COLOURS,
  CONFIDENCE_STOPS,
  type ColourBy,
  confidenceLevel,
  FLAG_COLOURS,
  OTHER_CLASS_COLOUR,
} from "./colours";

/** What the colours of the outlines say; nothing where they follow a measure from its lowest to its highest value. */
export function Legend({ by }: { by: ColourBy }) {
  const t = useText();
  const entries = entriesOf();
  function entriesOf(): { colour: string; label: string }[] {
    if (by === "class") {
      const colours = [...new Set(Object.values(CLASS_COLOURS))];
      const named = colours.map((colour) => ({
        colour,
        label: Object.keys(CLASS_COLOURS)
          .filter((name) => CLASS_COLOURS[name] === colour)
          .map(classTitle)
          .join(", "),
      }));
      return [...named, { colour: OTHER_CLASS_COLOUR, label: t("editor.otherClass") }];
    }
    if (by === "confidence") {
      return CONFIDENCE_STOPS.map(({ from, colour }, i) => {
        const range =
          from > 0 ? `≥ ${formatPercent(from)}` : `< ${formatPercent(CONFIDENCE_STOPS[i - 1]?.from)}`;
        return { colour, label: `${t(`image.confidence_${confidenceLevel(from)}`)} (${range})` };
      });
    }
    if (by === "flags") {
      return [
        { colour: FLAG_COLOURS.flagged, label: t("image.legendFlagged") },
        { colour: FLAG_COLOURS.fine, label: t("image.legendFine") },
      ];
    }
    return [];
  }
  if (entries.length === 0) return null;
  return (
    <Box
      component="ul"
      aria-label={t("image.legend")}
      sx={{
        m: 0,
        p: 0,
        listStyle: "none",
        display: "flex",
        flexWrap: "wrap",
        columnGap: 2,
        rowGap: 0.5,
        fontSize: 13,
      }}
    >
      {entries.map(({ colour, label }) => (
        <Box key={label} component="li" sx={{ display: "flex", alignItems: "center", gap: 0.75 }}>
          <Box
            aria-hidden
            sx={{
              width: 14,
              height: 14,
              borderRadius: 0.5,
              border: 1,
              borderColor: "text.secondary",
              bgcolor: colour,
            }}
          />
          {label}
        </Box>
      ))}
    </Box>
  );
}
