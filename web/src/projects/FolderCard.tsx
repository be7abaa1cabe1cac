import Typography from "@mui/material/Typography";
import { Suspense, useState } from "react";
import { type Folder, useDeleteFolder, useMoveProject } from "../api/projects";
import { useText } from "../i18n/useText";
import { FolderIcon } from "../ui/icons";
import { later } from "../ui/later";
import { CardFrame, DRAGGED } from "./CardFrame";

const ConfirmDialog = later(() => import("../ui/ConfirmDialog"));
const FolderDialog = later(() => import("./FolderDialog"));

export function FolderCard({ folder }: { folder: Folder }) {
  const t = useText();
  const remove = useDeleteFolder();
  const move = useMoveProject();
  const [dialog, setDialog] = useState<"rename" | "delete" | null>(null);
  return (
    <>
      <CardFrame
        to={`/projects?folder=${folder.id}`}
        name={folder.name}
        icon={<FolderIcon sx={{ color: "primary.main" }} />}
        onDrop={(event) => {
          const projectId = event.dataTransfer.getData(DRAGGED);
          if (projectId) move.mutate({ projectId, folderId: folder.id });
        }}
        entries={[
          { label: t("projects.renameFolder"), run: () => setDialog("rename") },
          { label: t("projects.deleteFolder"), run: () => setDialog("delete"), isDestructive: true },
        ]}
      >
        <Typography variant="caption" color="textSecondary">
          {t("projects.folder")}
        </Typography>
      </CardFrame>
      <Suspense>
        {dialog === "rename" && (
          <FolderDialog folder={folder} parentId={folder.parent_id} onClose={() => setDialog(null)} />
        )}
        {dialog === "delete" && (
          <ConfirmDialog
            title={t("projects.deleteFolder")}
            message={t("projects.deleteFolderSure", { name: folder.name })}
            confirm={t("projects.deleteFolder")}
            onConfirm={() => remove.mutate(folder.id)}
            onClose={() => setDialog(null)}
          />
        )}
      </Suspense>
    </>
  );
}
