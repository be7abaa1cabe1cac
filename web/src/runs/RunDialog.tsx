import Alert from "@mui/material/Alert";
import Checkbox from "@mui/material/Checkbox";
import FormControlLabel from "@mui/material/FormControlLabel";
import Slider from "@mui/material/Slider";
import Stack from "@mui/material/Stack";
import Typography from "@mui/material/Typography";
import { useState } from "react";
import { type Project, useAcquisition, useSummary } from "../api/projects";
import { useModels, useStartRun } from "../api/runs";
import { spoken } from "../api/sentences";
import { channelTitle } from "../i18n/givenNames";
import { formatNumber } from "../i18n/numbers";
import { useText } from "../i18n/useText";
import { ChoiceField } from "../ui/ChoiceField";
import { FormDialog } from "../ui/FormDialog";
import { NumberField } from "../ui/NumberField";
import { ProblemAlert } from "../ui/ProblemAlert";
import { type Choices, firstChoices, parametersOf, REGIONS } from "./choices";
import { ObjectRulesFields } from "./ObjectRulesFields";
import { UnsizedImages } from "./UnsizedImages";

interface Props {
  project: Project;
  /** Null: the whole project. */
  imageIds: string[] | null;
  onClose: () => void;
}

/** A run that a person waits for comes before large ones. */
const SMALL_RUN = 5;
const FIRST_THRESHOLD = 0.5;
/** What the service takes when nobody says otherwise. */
const USUAL_MODEL = "spheroid";

export default function RunDialog({ project, imageIds, onClose }: Props) {
  const t = useText();
  const models = useModels();
  const summary = useSummary(project.id);
  const acquisition = useAcquisition(project.id);
  const start = useStartRun(project.id);
  const [changed, setChanged] = useState<Partial<Choices>>({});
  const [wantsMissing, setWantsMissing] = useState<boolean | null>(null);
  const isSized = project.pixel_size_um !== null || acquisition.data?.pixel_sizes_um.length !== 0;
  const choices = { ...firstChoices(project, isSized), ...changed };
  const change = (part: Partial<Choices>) => setChanged((now) => ({ ...now, ...part }));
  const preferred = project.preferences?.model ?? USUAL_MODEL;
  const usual = models.data?.find((each) => each.name === preferred) ?? models.data?.[0];
  const chosen = models.data?.find((each) => each.name === choices.model);
  const { n_channels = 1, n_slices = 1, channel_names = [], n_unsized = 0 } = acquisition.data ?? {};
  const states = summary.data?.by_segmentation_state ?? {};
  const nReady = summary.data?.by_state.ready ?? 0;
  const nPreparing = imageIds ? 0 : (summary.data?.by_state.processing ?? 0);
  const nMissing = (states.none ?? 0) + (states.failed ?? 0) + (states.cancelled ?? 0);
  // where nothing is missing, somebody who segments all wants all
  const onlyMissing = wantsMissing ?? (imageIds === null && (!summary.data || nMissing > 0));
  const nImages = imageIds?.length ?? (onlyMissing ? Math.min(nMissing, nReady) : nReady);
  return (
    <FormDialog
      title={imageIds || summary.data ? t("runs.startSelected", { count: nImages }) : t("runs.startAll")}
      submit={t("runs.start")}
      isBusy={start.isPending}
      isDisabled={nPreparing > 0 && nImages === 0}
      onClose={onClose}
      onSubmit={() =>
        start.mutate(
          {
            model: choices.model || null,
            image_ids: imageIds,
            only_missing: onlyMissing,
            urgency: nImages <= SMALL_RUN ? "now" : "bulk",
            parameters: parametersOf(choices),
          },
          { onSuccess: onClose },
        )
      }
    >
      {start.isError && <ProblemAlert error={start.error} />}
      {models.isError && <ProblemAlert error={models.error} onRetry={() => models.refetch()} />}
      {models.data?.length === 0 && <Alert severity="warning">{t("runs.noModels")}</Alert>}
      {nPreparing > 0 && <Alert severity="info">{t("runs.preparing", { count: nPreparing })}</Alert>}
      {project.pixel_size_um === null && (
        <UnsizedImages projectId={project.id} count={n_unsized} imageIds={imageIds} />
      )}
      <ChoiceField
        label={t("runs.model")}
        value={choices.model}
        options={[
          { value: "", label: recommended(t("runs.modelDefault"), usual?.title) },
          ...(models.data ?? []).map((each) => ({
            value: each.name,
            label: spoken(each.title || each.name),
          })),
        ]}
        onChange={(model) => change({ model })}
        help={chosen?.description ? spoken(chosen.description) : t("runs.modelHelp")}
      />
      {n_channels > 1 && (
        <ChoiceField
          label={t("runs.channel")}
          value={choices.channel === null ? "" : String(choices.channel)}
          options={[
            { value: "", label: t("runs.channelDefault") },
            ...Array.from({ length: n_channels }, (_, i) => ({
              value: String(i),
              label: channelTitle(channel_names[i] ?? "") || t("image.channel", { number: i + 1 }),
            })),
          ]}
          onChange={(channel) => change({ channel: channel === "" ? null : Number(channel) })}
        />
      )}
      {n_slices > 1 && (
        <ChoiceField
          label={t("runs.z")}
          value={choices.z}
          options={[
            ...(["sharpest", "max", "mean"] as const).map((value) => ({
              value: value as string,
              label: t(`runs.z_${value}`),
            })),
            ...Array.from({ length: n_slices }, (_, i) => ({
              value: String(i),
              label: t("runs.z_number", { number: i + 1 }),
            })),
          ]}
          onChange={(z) => change({ z })}
        />
      )}
      <Stack direction={{ xs: "column", sm: "row" }} spacing={2}>
        <NumberField
          label={t("runs.diameter")}
          help={t("runs.diameterHelp")}
          value={choices.diameter}
          onChange={(diameter) => change({ diameter })}
          unit={choices.unit === "um" ? "µm" : "px"}
          min={0.1}
        />
        <ChoiceField
          label={t("runs.unit")}
          value={choices.unit}
          options={[
            { value: "um", label: "µm" },
            { value: "px", label: "px" },
          ]}
          onChange={(unit) => change({ unit })}
          sx={{ maxWidth: { sm: 150 } }}
        />
      </Stack>
      <ChoiceField
        label={t("runs.region")}
        value={choices.region}
        options={REGIONS.map((value) => ({ value, label: t(`projects.region_${value}`) }))}
        onChange={(region) => change({ region })}
        help={
          choices.region === project.region
            ? t(`projects.region_${choices.region}Help`)
            : t("runs.regionHelp")
        }
      />
      <ObjectRulesFields choices={choices} onChange={change} />
      <NumberField
        label={t("runs.expected")}
        help={t("runs.expectedHelp")}
        value={choices.expected}
        onChange={(expected) => change({ expected })}
        isWhole
        min={1}
      />
      <Stack>
        <FormControlLabel
          control={
            <Checkbox
              checked={choices.threshold !== null}
              onChange={(event) => change({ threshold: event.target.checked ? FIRST_THRESHOLD : null })}
            />
          }
          label={t("runs.ownThreshold")}
        />
        {choices.threshold !== null && (
          <Stack direction="row" spacing={2} sx={{ px: 1, alignItems: "center" }}>
            <Slider
              value={choices.threshold}
              min={0.05}
              max={0.95}
              step={0.01}
              aria-label={t("image.threshold")}
              onChange={(_event, value) => change({ threshold: value as number })}
            />
            <Typography variant="body2" sx={{ width: 40 }}>
              {formatNumber(choices.threshold, 2)}
            </Typography>
          </Stack>
        )}
        <FormControlLabel
          control={
            <Checkbox
              checked={choices.accurate}
              onChange={(event) => change({ accurate: event.target.checked })}
            />
          }
          label={t("runs.accurate")}
        />
        <FormControlLabel
          control={
            <Checkbox checked={onlyMissing} onChange={(event) => setWantsMissing(event.target.checked)} />
          }
          label={t("runs.onlyMissing")}
        />
      </Stack>
    </FormDialog>
  );
}

/** "Recommended (spheroid 1.1.0)": which one that is. */
function recommended(word: string, title: string | undefined): string {
  return title ? `${word} (${title})` : word;
}
