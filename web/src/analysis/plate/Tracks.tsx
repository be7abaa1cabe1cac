import Alert from "@mui/material/Alert";
import Link from "@mui/material/Link";
import Stack from "@mui/material/Stack";
import TextField from "@mui/material/TextField";
import Typography from "@mui/material/Typography";
import { Link as RouterLink } from "react-router";
import {
  type AnalysisView,
  type Link as Followed,
  type Row,
  rowsIn,
  useKeepLayout,
  useLayout,
  useTracks,
} from "../../api/analysis";
import { spoken } from "../../api/sentences";
import { formatShort } from "../../i18n/numbers";
import { useText } from "../../i18n/useText";
import { ProblemAlert } from "../../ui/ProblemAlert";
import { PlainTable } from "./PlainTable";

interface Props {
  projectId: string;
  view: AnalysisView;
  plate: string;
  well: string;
  mayEdit: boolean;
}

/** The objects of a well over time; a person says which is which, and later hours follow. */
export function Tracks({ projectId, view, plate, well, mayEdit }: Props) {
  const t = useText();
  const tracks = useTracks(projectId, view, plate, well);
  const layout = useLayout(projectId);
  const keep = useKeepLayout(projectId);
  if (tracks.isError) return <ProblemAlert error={tracks.error} />;
  const rows = rowsIn(tracks.data?.tracks);
  const highest = Math.max(0, ...rows.map((row) => Number(row.track)));
  const say = (row: Row, track: number) => {
    if (!layout.data) return;
    const link = { plate, well, time_h: Number(row.time_h), object: Number(row.object), track };
    const { wells, exclusions, links, version } = layout.data;
    const others = links.filter((each) => !contradicts(each, link));
    keep.mutate({ wells, exclusions, version, links: [...others, link] });
  };
  const draw = (row: Row, column: string) => {
    if (column === "object" && typeof row.image === "string")
      return (
        <Link
          component={RouterLink}
          to={`/projects/${projectId}/images/${row.image.replace("/", "?frame=")}`}
        >
          {formatShort(Number(row.object))}
        </Link>
      );
    if (column !== "track" || !mayEdit) return undefined;
    const label = t("plate.trackOf", { object: Number(row.object), hour: formatShort(Number(row.time_h)) });
    return (
      <TextField
        select
        size="small"
        value={`${row.track}`}
        disabled={keep.isPending}
        onChange={(event) => say(row, Number(event.target.value))}
        slotProps={{ select: { native: true }, htmlInput: { "aria-label": label } }}
      >
        {Array.from({ length: highest + 1 }, (_, i) => (
          <option key={label + String(i)} value={i + 1}>
            {row.is_corrected && i + 1 === row.track ? `${i + 1} ✎` : i + 1}
          </option>
        ))}
      </TextField>
    );
  };
  return (
    <Stack spacing={1}>
      <Typography variant="body2" color="textSecondary">
        {t("plate.trackHelp")}
      </Typography>
      {keep.isError && <ProblemAlert error={keep.error} />}
      {tracks.data?.notes.map((note) => (
        <Alert key={note} severity="warning">
          {spoken(note)}
        </Alert>
      ))}
      <PlainTable
        caption={t("plate.tracks")}
        rows={rows}
        columns={{
          time_h: "h",
          object: t("plate.object"),
          relative_size: t("plate.relativeSize"),
          track: t("plate.track"),
        }}
        draw={draw}
      />
    </Stack>
  );
}

/** Of one object at one hour, or of one track at one hour, the last word counts. */
function contradicts(one: Followed, other: Followed): boolean {
  return (
    (one.plate ?? "") === (other.plate ?? "") &&
    one.well === other.well &&
    Math.abs(one.time_h - other.time_h) < 1e-6 &&
    (one.object === other.object || one.track === other.track)
  );
}
