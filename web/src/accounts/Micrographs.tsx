import Box from "@mui/material/Box";
import Link from "@mui/material/Link";
import Typography from "@mui/material/Typography";
import type { TextKey } from "../i18n";
import { useText } from "../i18n/useText";

const SHOWN: readonly { name: string; title: TextKey }[] = [
  { name: "spheroids", title: "landing.micrographSpheroid" },
  { name: "phase", title: "landing.micrographCells" },
  { name: "nuclei", title: "landing.micrographNuclei" },
];

const FILLING = { position: "absolute", inset: 0, width: "100%", height: "100%" } as const;

/** Published images with the outlines that the shipped model drew, whose sources are named beside them. */
export function Micrographs() {
  const t = useText();
  return (
    <Box component="section" sx={{ mt: { xs: 6, md: 8 } }}>
      <Typography variant="h2" sx={{ mb: 2 }}>
        {t("landing.micrographs")}
      </Typography>
      <Box sx={{ display: "grid", gap: 2, gridTemplateColumns: { sm: "repeat(3, 1fr)" } }}>
        {SHOWN.map(({ name, title }) => (
          <Box key={name} component="figure" sx={{ m: 0 }}>
            <Box sx={{ position: "relative", aspectRatio: "420 / 340", borderRadius: 2, overflow: "hidden" }}>
              <Box
                component="img"
                src={`/micrographs/${name}.webp`}
                alt={t(title)}
                loading="lazy"
                sx={FILLING}
              />
              <Box component="img" src={`/micrographs/${name}.svg`} alt="" loading="lazy" sx={FILLING} />
            </Box>
            <Typography component="figcaption" variant="body2" color="textSecondary" sx={{ mt: 0.5 }}>
              {t(title)}
            </Typography>
          </Box>
        ))}
      </Box>
      <Link href="/micrographs/SOURCES.txt" variant="body2" sx={{ mt: 1, display: "inline-block" }}>
        {t("landing.sources")}
      </Link>
    </Box>
  );
}
