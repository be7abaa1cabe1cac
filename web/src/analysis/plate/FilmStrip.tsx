import Box from "@mui/material/Box";
import Button from "@mui/material/Button";
import Stack from "@mui/material/Stack";
import Typography from "@mui/material/Typography";
import { Link } from "react-router";
import { type Analysis, rowsOf } from "../../api/analysis";
import { useText } from "../../i18n/useText";
import { short } from "./Chart";

interface Props {
  projectId: string;
  analysis: Analysis;
  well: string;
  isLeftOut: boolean;
  mayEdit: boolean;
  onToggle: (well: string) => void;
}

/** A well over time: its pictures, each a way to its outlines; and whether it counts. */
export function FilmStrip({ projectId, analysis, well, isLeftOut, mayEdit, onToggle }: Props) {
  const t = useText();
  const info = rowsOf(analysis, "plate").find((row) => row.well === well);
  const times = rowsOf(analysis, "series").filter((row) => row.well === well);
  const frames = analysis.frames.filter((frame) => frame.well === well);
  return (
    <Box component="section" aria-label={well} sx={{ minWidth: 0 }}>
      <Stack direction="row" sx={{ alignItems: "center", gap: 1 }}>
        <Typography variant="h2" sx={{ fontSize: "1.1rem", flex: 1 }}>
          {[well, info?.condition].filter(Boolean).join(" · ")}
        </Typography>
        {mayEdit && info && (
          <Button size="small" onClick={() => onToggle(well)}>
            {t(isLeftOut ? "plate.takeBack" : "plate.leaveOut")}
          </Button>
        )}
      </Stack>
      <Stack direction="row" sx={{ gap: 1, overflowX: "auto", py: 1 }}>
        {frames.map((frame) => {
          const size = times.find((row) => Math.abs(Number(row.time_h) - frame.time_h) < 0.01)?.size;
          return (
            <Link
              key={frame.image}
              to={`/projects/${projectId}/images/${frame.image.replace("/", "?frame=")}`}
            >
              <Box component="figure" sx={{ m: 0, width: 120 }}>
                <img
                  src={`/api/v1/images/${frame.image.split("/")[0]}/thumbnail`}
                  alt={frame.name}
                  width={120}
                />
                <figcaption>
                  {`${short(frame.time_h)} h`}
                  {typeof size === "number" && ` · ${short(size)}`}
                </figcaption>
              </Box>
            </Link>
          );
        })}
        {frames.length === 0 && <Typography color="textSecondary">{t("plate.noImages")}</Typography>}
      </Stack>
    </Box>
  );
}
