import Box from "@mui/material/Box";
import type { Schemas } from "../api/client";
import { useText } from "../i18n/useText";
import { formatPercent } from "../ui/format";

/** How many of the images somebody has accepted or excluded, 0 to 1. */
export function reviewedShare(summary: Schemas["ProjectSummary"]): number {
  const { accepted = 0, excluded = 0 } = summary.by_review_state;
  return (accepted + excluded) / summary.n_images;
}

/** How much of a project is segmented and how much of that is reviewed: two bars, and the same in words. */
export function ProjectProgress({ summary }: { summary: Schemas["ProjectSummary"] }) {
  const t = useText();
  const segmented = summary.by_segmentation_state.done ?? 0;
  if (summary.n_images === 0) return null;
  const shares = [segmented / summary.n_images, reviewedShare(summary)];
  return (
    <Box sx={{ mb: 1, fontSize: 13, color: "text.secondary" }}>
      {t("projects.progress", {
        segmented: formatPercent(shares[0]),
        reviewed: formatPercent(shares[1]),
      })}
      <Box aria-hidden sx={{ display: "grid", gap: "2px", mt: 0.5 }}>
        {shares.map((share, i) => (
          <Box
            key={i === 0 ? "segmented" : "reviewed"}
            sx={{ height: 4, borderRadius: 1, bgcolor: "action.selected" }}
          >
            <Box
              sx={{
                width: `${100 * share}%`,
                height: "100%",
                borderRadius: 1,
                bgcolor: i === 0 ? "primary.main" : "success.main",
              }}
            />
          </Box>
        ))}
      </Box>
    </Box>
  );
}
