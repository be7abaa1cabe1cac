import Button from "@mui/material/Button";
import MenuItem from "@mui/material/MenuItem";
import Stack from "@mui/material/Stack";
import TextField from "@mui/material/TextField";
import Typography from "@mui/material/Typography";
import { useState } from "react";
import { useChangeImages } from "../../api/changes";
import type { Project } from "../../api/projects";
import { useAcquisition, useChangeProject } from "../../api/projects";
import type { Measuring } from "../../geometry/measures";
import { formatNumber } from "../../i18n/numbers";
import { useText } from "../../i18n/useText";
import { chosenImages } from "../../images/chosen";
import { notify } from "../../store/notifications";
import { useStore } from "../../store/store";
import { NumberField } from "../../ui/NumberField";
import { ProblemAlert } from "../../ui/ProblemAlert";
import type { EditorController } from "../controller";
import { Panel } from "./Panel";

const SCOPES = ["image", "chosen", "all", "unsized"] as const;
type Scope = (typeof SCOPES)[number];
const UM = { µm: 1, mm: 1000 } as const;

interface Props {
  controller: EditorController;
  project: Project;
  imageId: string;
  measuring: Measuring;
}

/** The length of a line on the picture; and when it is known, the size of a pixel. */
export function ScalePanel(props: Props) {
  return useStore(props.controller.tool) === "scale" ? <Ruler {...props} /> : null;
}

function Ruler({ controller, project, imageId, measuring }: Props) {
  const t = useText();
  const line = useStore(controller.line);
  const chosen = useStore(chosenImages);
  const chosenIds = chosen?.projectId === project.id ? chosen.ids : [];
  const [length, setLength] = useState("");
  const [unit, setUnit] = useState<keyof typeof UM>("µm");
  const [scope, setScope] = useState<Scope>("image");
  const changeImages = useChangeImages(project.id);
  const changeProject = useChangeProject(project);
  const nUnsized = useAcquisition(project.id).data?.n_unsized ?? 0;
  const size = measuring.pixelSizeUm;
  // pixels that are not square stay so: their height counts as so many widths
  const aspect = size ? size.y / size.x : 1;
  const [dx, dy] = line ? [line[1][0] - line[0][0], (line[1][1] - line[0][1]) * aspect] : [0, 0];
  const px = Math.hypot(dx, dy);
  const knownUm = Number(length) * UM[unit];
  const pixelUm = px > 0 && knownUm > 0 ? knownUm / px : null;
  const isPending = changeImages.isPending || changeProject.isPending;
  function apply(x: number) {
    const done = (count: number) => {
      notify("success", t("editor.scaleSet", { count, size: formatNumber(x) }));
      controller.take("select");
    };
    if (scope === "unsized") changeProject.mutate({ pixel_size_um: x }, { onSuccess: () => done(nUnsized) });
    else {
      const imageIds = scope === "image" ? [imageId] : scope === "chosen" ? chosenIds : null;
      const change = { pixel_size_x_um: x, pixel_size_y_um: x * aspect };
      changeImages.mutate({ imageIds, change }, { onSuccess: done });
    }
  }
  return (
    <Panel title={t("editor.tool_scale")} onClose={() => controller.take("select")}>
      <Stack
        component="form"
        spacing={1.5}
        onSubmit={(event) => {
          event.preventDefault();
          if (pixelUm) apply(pixelUm);
        }}
      >
        <Typography variant="body2" role="status">
          {px > 0
            ? `${formatNumber(px, 5)} px${size ? ` · ${formatNumber(px * size.x, 5)} µm` : ""}`
            : t("editor.scaleDraw")}
        </Typography>
        {project.role !== "viewer" && px > 0 && (
          <>
            <Stack direction="row" spacing={1}>
              <NumberField
                required
                label={t("editor.scaleLength")}
                value={length}
                onChange={setLength}
                min={0}
                sx={{ flex: 1 }}
              />
              <TextField
                select
                label={t("results.unit")}
                value={unit}
                onChange={(event) => setUnit(event.target.value as keyof typeof UM)}
                sx={{ width: 84 }}
              >
                {Object.keys(UM).map((each) => (
                  <MenuItem key={each} value={each}>
                    {each}
                  </MenuItem>
                ))}
              </TextField>
            </Stack>
            <TextField
              select
              label={t("editor.scaleFor")}
              value={scope}
              onChange={(event) => setScope(event.target.value as Scope)}
            >
              {SCOPES.filter((each) => each !== "chosen" || chosenIds.length > 0).map((each) => (
                <MenuItem key={each} value={each}>
                  {t(`editor.scale_${each}`, { count: chosenIds.length })}
                </MenuItem>
              ))}
            </TextField>
            <Typography variant="body2" color="textSecondary">
              {pixelUm ? t("editor.scaleIs", { size: formatNumber(pixelUm, 5) }) : t("editor.scaleHelp")}
            </Typography>
            {(changeImages.error ?? changeProject.error) && (
              <ProblemAlert error={changeImages.error ?? changeProject.error} />
            )}
            <Button type="submit" variant="contained" disabled={!pixelUm} loading={isPending}>
              {t("app.apply")}
            </Button>
          </>
        )}
      </Stack>
    </Panel>
  );
}
