import Box from "@mui/material/Box";
import Skeleton from "@mui/material/Skeleton";
import { useText } from "../i18n/useText";

/** The shape of a page while it is on its way. */
export function PageSkeleton() {
  const t = useText();
  return (
    <Box
      sx={{ p: 3, maxWidth: 1360, mx: "auto", width: "100%", overflow: "hidden" }}
      role="status"
      aria-label={t("app.loading")}
    >
      <Skeleton width={280} height={44} />
      <Skeleton width={420} />
      <Box
        sx={{ mt: 3, display: "grid", gap: 2, gridTemplateColumns: "repeat(auto-fill, minmax(220px, 1fr))" }}
      >
        {[0, 1, 2, 3, 4, 5, 6, 7].map((i) => (
          <Skeleton key={i} variant="rounded" height={150} />
        ))}
      </Box>
    </Box>
  );
}
