import Alert from "@mui/material/Alert";
import Button from "@mui/material/Button";
import Stack from "@mui/material/Stack";
import Typography from "@mui/material/Typography";
import { useState } from "react";
import type { Schemas } from "../../api/client";
import type { Result } from "../../api/results";
import { useRunOf, useStartRun } from "../../api/runs";
import { useText } from "../../i18n/useText";
import { chosenImages } from "../../images/chosen";
import { notify } from "../../store/notifications";
import { useStore } from "../../store/store";
import { ChoiceField } from "../../ui/ChoiceField";
import { ProblemAlert } from "../../ui/ProblemAlert";

const SCOPES = ["image", "chosen", "all"] as const;
type Scope = (typeof SCOPES)[number];

/** Keeps the outlines of another threshold: a run like the one that is shown, for this image, the chosen ones or all. */
export function KeepThreshold({ shown, threshold }: { shown?: Result; threshold: number | null }) {
  return shown && threshold !== null ? <Scopes shown={shown} threshold={threshold} /> : null;
}

function Scopes({ shown, threshold }: { shown: Result; threshold: number }) {
  const t = useText();
  const run = useRunOf(shown.run_id);
  const start = useStartRun(shown.project_id);
  const chosen = useStore(chosenImages);
  const chosenIds = chosen?.projectId === shown.project_id ? chosen.ids : [];
  const [scope, setScope] = useState<Scope>("image");
  function keep() {
    if (!run.data) return;
    const { region: _, ...parameters } = run.data.parameters; // what is measured is the project's to say by now
    start.mutate(
      {
        model: run.data.model_name,
        image_ids: { image: [shown.image_id], chosen: [...chosenIds], all: null }[scope],
        only_missing: false,
        urgency: scope === "image" ? "now" : "bulk",
        parameters: { ...parameters, threshold } as Schemas["RunRequest"]["parameters"],
      },
      { onSuccess: ({ n_items }) => notify("success", t("editor.thresholdKept", { count: n_items })) },
    );
  }
  return (
    <Stack spacing={1.5}>
      <ChoiceField
        label={t("editor.scaleFor")}
        value={scope}
        options={SCOPES.filter((each) => each !== "chosen" || chosenIds.length > 0).map((each) => ({
          value: each,
          label: t(`editor.scale_${each}`, { count: chosenIds.length }),
        }))}
        onChange={setScope}
      />
      <Button variant="contained" disabled={!run.data} loading={start.isPending} onClick={keep}>
        {t("editor.keepThreshold")}
      </Button>
      {(start.error ?? run.error) && <ProblemAlert error={start.error ?? run.error} />}
      {shown.edited_at ? (
        <Alert severity="info">{t("editor.thresholdEdited")}</Alert>
      ) : (
        <Typography variant="body2" color="textSecondary">
          {t("editor.keepThresholdHelp")}
        </Typography>
      )}
    </Stack>
  );
}
