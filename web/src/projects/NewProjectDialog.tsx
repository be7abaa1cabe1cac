import TextField from "@mui/material/TextField";
import { useState } from "react";
import { useNavigate } from "react-router";
import { useCreateProject } from "../api/projects";
import { useText } from "../i18n/useText";
import { FormDialog } from "../ui/FormDialog";
import { NumberField } from "../ui/NumberField";
import { type Kind, KindField } from "./KindField";

export default function NewProjectDialog({
  folderId,
  onClose,
}: {
  folderId: string | null;
  onClose: () => void;
}) {
  const t = useText();
  const navigate = useNavigate();
  const create = useCreateProject();
  const [name, setName] = useState("");
  const [kind, setKind] = useState<Kind>("spheroid");
  const [pixelSize, setPixelSize] = useState("");
  return (
    <FormDialog
      title={t("projects.newProject")}
      submit={t("app.create")}
      isBusy={create.isPending}
      onClose={onClose}
      onSubmit={() =>
        create.mutate(
          {
            name,
            kind,
            pixel_size_um: pixelSize ? Number(pixelSize) : null,
            folder_id: folderId,
            description: "",
          },
          { onSuccess: (project) => navigate(`/projects/${project.id}`) },
        )
      }
    >
      <TextField
        autoFocus
        required
        label={t("projects.name")}
        value={name}
        onChange={(event) => setName(event.target.value)}
      />
      <KindField value={kind} onChange={setKind} />
      <NumberField
        label={t("projects.pixelSize")}
        help={t("projects.pixelSizeHelp")}
        value={pixelSize}
        onChange={setPixelSize}
        unit="µm"
        min={0.0001}
        max={999}
      />
    </FormDialog>
  );
}
