import TextField from "@mui/material/TextField";
import { useState } from "react";
import { type Folder, useCreateFolder, useRenameFolder } from "../api/projects";
import { useText } from "../i18n/useText";
import { FormDialog } from "../ui/FormDialog";

interface Props {
  parentId: string | null;
  /** The folder to rename; none makes a new one. */
  folder?: Folder;
  onClose: () => void;
}

export default function FolderDialog({ parentId, folder, onClose }: Props) {
  const t = useText();
  const [name, setName] = useState(folder?.name ?? "");
  const create = useCreateFolder();
  const rename = useRenameFolder();
  return (
    <FormDialog
      title={t(folder ? "projects.renameFolder" : "projects.newFolder")}
      submit={t(folder ? "app.save" : "app.create")}
      isBusy={create.isPending || rename.isPending}
      onClose={onClose}
      onSubmit={() => {
        if (folder) rename.mutate({ folder, name }, { onSuccess: onClose });
        else create.mutate({ name, parent_id: parentId }, { onSuccess: onClose });
      }}
    >
      <TextField
        autoFocus
        required
        label={t("projects.name")}
        value={name}
        onChange={(event) => setName(event.target.value)}
      />
    </FormDialog>
  );
}
