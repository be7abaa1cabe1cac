import Button from "@mui/material/Button";
import MenuItem from "@mui/material/MenuItem";
import Stack from "@mui/material/Stack";
import TextField from "@mui/material/TextField";
import { Suspense, useState } from "react";
import { useNavigate, useOutletContext } from "react-router";
import { type Project, type ProjectContext, useChangeProject, useProjectFate } from "../api/projects";
import { text } from "../i18n";
import { useText } from "../i18n/useText";
import { NamePattern } from "../images/NamePattern";
import { Members } from "../sharing/Members";
import { notify } from "../store/notifications";
import { later } from "../ui/later";
import { NumberField } from "../ui/NumberField";
import { Section } from "../ui/Section";
import { SectionColumns } from "../ui/SectionColumns";
import { ExclusionRules } from "./ExclusionRules";
import { KindField } from "./KindField";

const ConfirmDialog = later(() => import("../ui/ConfirmDialog"));
const REGIONS = ["filled", "net", "core"] as const;

export default function ProjectSettings() {
  const { project } = useOutletContext<ProjectContext>();
  return (
    <SectionColumns>
      <Basics key={project.version} project={project} />
      <ExclusionRules key={`rules ${project.version}`} project={project} />
      <NamePattern project={project} />
      <Members project={project} />
      {project.role === "owner" && <Danger project={project} />}
    </SectionColumns>
  );
}

function Basics({ project }: { project: Project }) {
  const t = useText();
  const change = useChangeProject(project);
  const canEdit = project.role !== "viewer";
  const [name, setName] = useState(project.name);
  const [description, setDescription] = useState(project.description);
  const [kind, setKind] = useState(project.kind);
  const [region, setRegion] = useState(project.region);
  const [pixelSize, setPixelSize] = useState(
    project.pixel_size_um === null ? "" : String(project.pixel_size_um),
  );
  return (
    <Section title={t("projects.settings")}>
      <Stack
        component="form"
        spacing={2}
        onSubmit={(event) => {
          event.preventDefault();
          change.mutate(
            { name, description, kind, region, pixel_size_um: pixelSize ? Number(pixelSize) : null },
            { onSuccess: () => notify("success", text("app.saved")) },
          );
        }}
      >
        <TextField
          required
          disabled={!canEdit}
          label={t("projects.name")}
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
        <TextField
          multiline
          minRows={2}
          disabled={!canEdit}
          label={t("projects.description")}
          value={description}
          onChange={(event) => setDescription(event.target.value)}
        />
        <KindField value={kind} onChange={setKind} disabled={!canEdit} />
        <TextField
          select
          disabled={!canEdit}
          label={t("projects.region")}
          helperText={t(`projects.region_${region}Help`)}
          value={region}
          onChange={(event) => setRegion(event.target.value as typeof region)}
        >
          {REGIONS.map((each) => (
            <MenuItem key={each} value={each}>
              {t(`projects.region_${each}`)}
            </MenuItem>
          ))}
        </TextField>
        <NumberField
          disabled={!canEdit}
          label={t("projects.pixelSize")}
          help={t("projects.pixelSizeHelp")}
          value={pixelSize}
          onChange={setPixelSize}
          unit="µm"
          min={0.0001}
          max={999}
        />
        {canEdit && (
          <Button type="submit" variant="contained" sx={{ alignSelf: "start" }} loading={change.isPending}>
            {t("app.save")}
          </Button>
        )}
      </Stack>
    </Section>
  );
}

function Danger({ project }: { project: Project }) {
  const t = useText();
  const navigate = useNavigate();
  const trash = useProjectFate("trash");
  const [isSure, setSure] = useState(false);
  return (
    <Section title={t("projects.toTrash")}>
      <Button color="error" variant="outlined" onClick={() => setSure(true)}>
        {t("projects.toTrash")}
      </Button>
      <Suspense>
        {isSure && (
          <ConfirmDialog
            title={t("projects.toTrash")}
            message={t("projects.toTrashSure", { name: project.name })}
            confirm={t("projects.toTrash")}
            onConfirm={() => trash.mutate(project.id, { onSuccess: () => navigate("/projects") })}
            onClose={() => setSure(false)}
          />
        )}
      </Suspense>
    </Section>
  );
}
