import Alert from "@mui/material/Alert";
import Checkbox from "@mui/material/Checkbox";
import FormControlLabel from "@mui/material/FormControlLabel";
import InputAdornment from "@mui/material/InputAdornment";
import MenuItem from "@mui/material/MenuItem";
import Slider from "@mui/material/Slider";
import Stack from "@mui/material/Stack";
import TextField from "@mui/material/TextField";
import Typography from "@mui/material/Typography";
import { useState } from "react";
import { type Project, useSummary } from "../api/projects";
import { DEFAULT_PARAMETERS, useModels, useStartRun } from "../api/runs";
import { useText } from "../i18n/useText";
import { FormDialog } from "../ui/FormDialog";
import { formatNumber } from "../ui/format";
import { ProblemAlert } from "../ui/ProblemAlert";

interface Props {
  project: Project;
  /** Null: the whole project. */
  imageIds: string[] | null;
  onClose: () => void;
}

/** A run that a person waits for comes before large ones. */
const SMALL_RUN = 5;

export default function RunDialog({ project, imageIds, onClose }: Props) {
  const t = useText();
  const models = useModels();
  const summary = useSummary(project.id);
  const start = useStartRun(project.id);
  const [model, setModel] = useState("");
  const [diameter, setDiameter] = useState("");
  const [expected, setExpected] = useState("");
  const [ownThreshold, setOwnThreshold] = useState(false);
  const [threshold, setThreshold] = useState(0.5);
  const [accurate, setAccurate] = useState(false);
  const [onlyMissing, setOnlyMissing] = useState(imageIds === null);
  const chosen = models.data?.find((each) => each.name === model);
  const nImages = imageIds?.length ?? summary.data?.n_images ?? 0;
  return (
    <FormDialog
      title={imageIds ? t("runs.startSelected", { count: imageIds.length }) : t("runs.startAll")}
      submit={t("runs.start")}
      isBusy={start.isPending}
      onClose={onClose}
      onSubmit={() =>
        start.mutate(
          {
            model: model || null,
            image_ids: imageIds,
            only_missing: onlyMissing,
            urgency: nImages <= SMALL_RUN ? "now" : "bulk",
            parameters: {
              ...DEFAULT_PARAMETERS,
              diameter_um: diameter ? Number(diameter) : null,
              threshold: ownThreshold ? threshold : null,
              accurate,
              expected_objects: expected ? Number(expected) : null,
            },
          },
          { onSuccess: onClose },
        )
      }
    >
      {start.isError && <ProblemAlert error={start.error} />}
      {models.isError && <ProblemAlert error={models.error} onRetry={() => models.refetch()} />}
      {models.data?.length === 0 && <Alert severity="warning">{t("runs.noModels")}</Alert>}
      <TextField
        select
        label={t("runs.model")}
        value={model}
        onChange={(event) => setModel(event.target.value)}
        helperText={chosen?.description || t("runs.modelHelp")}
        slotProps={{ select: { displayEmpty: true }, inputLabel: { shrink: true } }}
      >
        <MenuItem value="">{t("runs.modelDefault")}</MenuItem>
        {models.data?.map((each) => (
          <MenuItem key={each.id} value={each.name}>
            {each.title || each.name}
          </MenuItem>
        ))}
      </TextField>
      <TextField
        type="number"
        label={t("runs.diameter")}
        helperText={t("runs.diameterHelp")}
        value={diameter}
        onChange={(event) => setDiameter(event.target.value)}
        slotProps={{
          htmlInput: { min: 0.1, step: "any" },
          input: { endAdornment: <InputAdornment position="end">µm</InputAdornment> },
        }}
      />
      <TextField
        type="number"
        label={t("runs.expected")}
        helperText={t("runs.expectedHelp")}
        value={expected}
        onChange={(event) => setExpected(event.target.value)}
        slotProps={{ htmlInput: { min: 1, step: 1 } }}
      />
      <Stack>
        <FormControlLabel
          control={
            <Checkbox checked={ownThreshold} onChange={(event) => setOwnThreshold(event.target.checked)} />
          }
          label={t("runs.ownThreshold")}
        />
        {ownThreshold && (
          <Stack direction="row" spacing={2} sx={{ px: 1, alignItems: "center" }}>
            <Slider
              value={threshold}
              min={0.05}
              max={0.95}
              step={0.01}
              aria-label={t("image.threshold")}
              onChange={(_event, value) => setThreshold(value as number)}
            />
            <Typography variant="body2" sx={{ width: 40 }}>
              {formatNumber(threshold, 2)}
            </Typography>
          </Stack>
        )}
        <FormControlLabel
          control={<Checkbox checked={accurate} onChange={(event) => setAccurate(event.target.checked)} />}
          label={t("runs.accurate")}
        />
        <FormControlLabel
          control={
            <Checkbox checked={onlyMissing} onChange={(event) => setOnlyMissing(event.target.checked)} />
          }
          label={t("runs.onlyMissing")}
        />
      </Stack>
    </FormDialog>
  );
}
