import Box from "@mui/material/Box";
import Button from "@mui/material/Button";
import Chip from "@mui/material/Chip";
import Stack from "@mui/material/Stack";
import TextField from "@mui/material/TextField";
import Typography from "@mui/material/Typography";
import { useState } from "react";
import { Link } from "react-router";
import { type Analysis, type AnalysisView, rowsOf, useFilm } from "../../api/analysis";
import { formatShort } from "../../i18n/numbers";
import { useText } from "../../i18n/useText";
import { Tracks } from "./Tracks";
import { conditionTitle, responseTitle } from "./titles";

interface Props {
  projectId: string;
  analysis: Analysis;
  view: AnalysisView;
  plate: string;
  well: string;
  isLeftOut: boolean;
  /** undefined: only to be looked at */
  onToggle: ((plate: string, well: string, reason: string) => void) | undefined;
}

/** A well over time: its pictures, each a way to its outlines; its numbers; and whether it counts. */
export function FilmStrip({ projectId, analysis, view, plate, well, isLeftOut, onToggle }: Props) {
  const t = useText();
  const [reason, setReason] = useState("");
  const [isFollowed, setFollowed] = useState(false);
  const isHere = (row: { plate?: unknown; well?: unknown }) =>
    row.well === well && String(row.plate ?? "") === plate;
  const info = rowsOf(analysis, "plate").find(isHere);
  const film = useFilm(projectId, view, plate, well);
  const frames = film.data?.frames ?? [];
  const growth = rowsOf(analysis, "growth").find(isHere);
  const facts = [
    typeof info?.response === "number" &&
      `${responseTitle(analysis, view)}: ${formatShort(info.response)} ${analysis.response_unit}`,
    typeof info?.relative_to_control === "number" &&
      `${t("plate.of.relative_to_control")}: ${formatShort(info.relative_to_control)}`,
    typeof growth?.doubling_time_h === "number" &&
      `${t("plate.doubling")}: ${formatShort(growth.doubling_time_h)}`,
  ].filter(Boolean);
  return (
    <Box component="section" aria-label={well} sx={{ minWidth: 0 }}>
      <Typography variant="h2" sx={{ fontSize: "1.1rem" }}>
        {[well, conditionTitle(String(info?.condition ?? ""))].filter(Boolean).join(" · ")}
      </Typography>
      {facts.map((fact) => (
        <Typography
          key={String(fact)}
          variant="body2"
          color="textSecondary"
          sx={{ "&::first-letter": { textTransform: "uppercase" } }}
        >
          {fact}
        </Typography>
      ))}
      <Box
        component="ul"
        aria-label={t("plate.filmStrip")}
        sx={{
          display: "grid",
          gap: 1,
          gridTemplateColumns: "repeat(auto-fill, minmax(112px, 1fr))",
          p: 0,
          my: 1,
          listStyle: "none",
        }}
      >
        {frames.map((frame) => (
          <li key={frame.image}>
            <Link
              to={`/projects/${projectId}/images/${frame.image.replace("/", "?frame=")}`}
              style={{ color: "inherit", textDecoration: "none" }}
            >
              <img
                src={`/api/v1/images/${frame.image.split("/")[0]}/thumbnail`}
                alt={`${frame.name}, ${formatShort(frame.time_h)} h`}
                loading="lazy"
                style={{ width: "100%", borderRadius: 6, display: "block" }}
              />
              <Stack direction="row" sx={{ fontSize: 13, gap: 0.5, alignItems: "center", mt: 0.5 }}>
                <strong>{`${formatShort(frame.time_h)} h`}</strong>
                {frame.relative_size !== null && <span>{`× ${formatShort(frame.relative_size)}`}</span>}
              </Stack>
              {frame.review !== "unreviewed" && (
                <Chip size="small" label={t(`review.state_${frame.review as "accepted"}`)} />
              )}
            </Link>
          </li>
        ))}
      </Box>
      {film.data && frames.length === 0 && (
        <Typography color="textSecondary">{t("plate.noImages")}</Typography>
      )}
      {frames.length > 0 && info?.n_objects !== 1 && (
        <Button aria-expanded={isFollowed} onClick={() => setFollowed(!isFollowed)}>
          {t("plate.follow")}
        </Button>
      )}
      {isFollowed && <Tracks {...{ projectId, view, plate, well }} mayEdit={onToggle !== undefined} />}
      {onToggle && frames.length > 0 && (
        <Stack
          component="form"
          direction="row"
          sx={{ gap: 1 }}
          onSubmit={(event) => {
            event.preventDefault();
            onToggle(plate, well, reason.trim() || t("plate.byClick"));
            setReason("");
          }}
        >
          {!isLeftOut && (
            <TextField
              label={t("plate.reason")}
              value={reason}
              onChange={(event) => setReason(event.target.value)}
              slotProps={{ htmlInput: { maxLength: 200 } }}
              sx={{ maxWidth: 260 }}
            />
          )}
          <Button type="submit" variant="outlined" sx={{ whiteSpace: "nowrap" }}>
            {t(isLeftOut ? "plate.takeBack" : "plate.leaveOut")}
          </Button>
        </Stack>
      )}
    </Box>
  );
}
