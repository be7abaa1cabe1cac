import Box from "@mui/material/Box";
import Button from "@mui/material/Button";
import Stack from "@mui/material/Stack";
import Typography from "@mui/material/Typography";
import { useEffect } from "react";
import { Link } from "react-router";
import type { TextKey } from "../i18n";
import { useText } from "../i18n/useText";
import { CheckIcon, EditIcon, TableIcon, UploadIcon } from "../ui/icons";
import { HeroPicture } from "./HeroPicture";
import { Micrographs } from "./Micrographs";

const STEPS: readonly { icon: typeof UploadIcon; title: TextKey; body: TextKey }[] = [
  { icon: UploadIcon, title: "landing.step1", body: "landing.step1Body" },
  { icon: EditIcon, title: "landing.step2", body: "landing.step2Body" },
  { icon: TableIcon, title: "landing.step3", body: "landing.step3Body" },
];
const POINTS: readonly TextKey[] = ["landing.point1", "landing.point2", "landing.point3", "landing.point4"];

export default function Landing() {
  const t = useText();
  useEffect(() => {
    document.title = "SpheroSeg";
  }, []);
  return (
    <Box sx={{ maxWidth: 1120, mx: "auto", px: { xs: 2, md: 4 }, py: { xs: 4, md: 8 }, width: "100%" }}>
      <Box sx={{ display: "grid", gap: 6, gridTemplateColumns: { md: "1.1fr 1fr" }, alignItems: "center" }}>
        <Box>
          <Typography
            variant="h1"
            sx={{ fontSize: { xs: 32, md: 44 }, lineHeight: 1.1, textWrap: "balance" }}
          >
            {t("landing.title")}
          </Typography>
          <Typography sx={{ mt: 2, fontSize: 18, color: "text.secondary", maxWidth: 520 }}>
            {t("landing.subtitle")}
          </Typography>
          <Stack direction="row" useFlexGap sx={{ mt: 4, gap: 1.5, flexWrap: "wrap" }}>
            <Button component={Link} to="/sign-up" variant="contained" size="large">
              {t("landing.start")}
            </Button>
            <Button component={Link} to="/sign-in" variant="outlined" size="large">
              {t("auth.signIn")}
            </Button>
          </Stack>
        </Box>
        <HeroPicture />
      </Box>
      <Micrographs />
      <Box
        component="section"
        sx={{ mt: { xs: 6, md: 10 }, display: "grid", gap: 4, gridTemplateColumns: { md: "repeat(3, 1fr)" } }}
      >
        {STEPS.map(({ icon: Icon, title, body }, i) => (
          <Box key={title}>
            <Stack direction="row" spacing={1.5} sx={{ alignItems: "center", mb: 1 }}>
              <Icon sx={{ color: "primary.main", fontSize: 28 }} />
              <Typography variant="h2">
                {i + 1}. {t(title)}
              </Typography>
            </Stack>
            <Typography color="textSecondary">{t(body)}</Typography>
          </Box>
        ))}
      </Box>
      <Box
        component="ul"
        sx={{
          mt: 6,
          p: 0,
          listStyle: "none",
          display: "grid",
          gap: 1.5,
          gridTemplateColumns: { md: "1fr 1fr" },
        }}
      >
        {POINTS.map((point) => (
          <Stack key={point} component="li" direction="row" spacing={1.5}>
            <CheckIcon sx={{ color: "success.main", mt: 0.25 }} />
            <Typography>{t(point)}</Typography>
          </Stack>
        ))}
      </Box>
    </Box>
  );
}
