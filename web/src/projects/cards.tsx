import Box from "@mui/material/Box";
import Card from "@mui/material/Card";
import CardActionArea from "@mui/material/CardActionArea";
import IconButton from "@mui/material/IconButton";
import Skeleton from "@mui/material/Skeleton";
import Stack from "@mui/material/Stack";
import Typography from "@mui/material/Typography";
import { type DragEvent, lazy, type ReactNode, Suspense, useState } from "react";
import { Link } from "react-router";
import {
  type Folder,
  type Project,
  useDeleteFolder,
  useMoveProject,
  useProjectFate,
  useSummary,
} from "../api/projects";
import { text } from "../i18n";
import { useText } from "../i18n/useText";
import { notify } from "../store/notifications";
import { formatBytes, formatDate } from "../ui/format";
import { FolderIcon, MoreIcon } from "../ui/icons";
import type { MenuEntry } from "../ui/LazyMenu";

const Cover = lazy(() => import("./Cover"));
const LazyMenu = lazy(() => import("../ui/LazyMenu"));
const ConfirmDialog = lazy(() => import("../ui/ConfirmDialog"));
const FolderDialog = lazy(() => import("./FolderDialog"));
const DRAGGED = "application/x-spheroseg-project";

function Tag({ children }: { children: ReactNode }) {
  return (
    <Box component="span" sx={{ bgcolor: "action.selected", borderRadius: 4, px: 1, py: 0.25, fontSize: 13 }}>
      {children}
    </Box>
  );
}

export function CardsSkeleton() {
  return (
    <Box
      sx={{
        display: "grid",
        gap: 2,
        gridTemplateColumns: "repeat(auto-fill, minmax(min(100%, 270px), 1fr))",
      }}
    >
      {[0, 1, 2, 3, 4, 5].map((i) => (
        <Skeleton key={i} variant="rounded" height={132} />
      ))}
    </Box>
  );
}

interface FrameProps {
  to: string | null;
  name: string;
  icon?: ReactNode;
  cover?: ReactNode;
  entries: readonly MenuEntry[];
  children: ReactNode;
  onDrop?: (event: DragEvent) => void;
  onDragStart?: (event: DragEvent) => void;
}

function Frame({ to, name, icon, cover, entries, children, onDrop, onDragStart }: FrameProps) {
  const t = useText();
  const [anchor, setAnchor] = useState<HTMLElement | null>(null);
  const inside = (
    <>
      {cover && (
        <Box
          sx={{ display: "flex", gap: "2px", height: 96, mx: -2, mt: -2, mb: 1.5, bgcolor: "action.hover" }}
        >
          {cover}
        </Box>
      )}
      <Stack direction="row" spacing={1} sx={{ alignItems: "center", pr: cover ? 0 : 4, mb: 0.5 }}>
        {icon}
        <Typography variant="h3" component="span" sx={{ overflowWrap: "anywhere" }}>
          {name}
        </Typography>
      </Stack>
      {children}
    </>
  );
  return (
    <Card
      component="li"
      sx={{ position: "relative" }}
      draggable={onDragStart !== undefined}
      onDragStart={onDragStart}
      onDragOver={(event) => onDrop && event.dataTransfer.types.includes(DRAGGED) && event.preventDefault()}
      onDrop={onDrop}
    >
      {to ? (
        <CardActionArea component={Link} to={to} sx={{ p: 2, height: "100%", alignContent: "start" }}>
          {inside}
        </CardActionArea>
      ) : (
        <Box sx={{ p: 2 }}>{inside}</Box>
      )}
      <IconButton
        size="small"
        aria-label={t("projects.menuOf", { name })}
        aria-haspopup="menu"
        onClick={(event) => setAnchor(event.currentTarget)}
        sx={{
          position: "absolute",
          top: 8,
          right: 8,
          ...(cover ? { bgcolor: "background.paper", "&:hover": { bgcolor: "background.paper" } } : {}),
        }}
      >
        <MoreIcon />
      </IconButton>
      <Suspense>
        {anchor && <LazyMenu anchor={anchor} entries={entries} onClose={() => setAnchor(null)} />}
      </Suspense>
    </Card>
  );
}

export function ProjectCard({ project, folders }: { project: Project; folders: readonly Folder[] }) {
  const t = useText();
  const isTrash = project.deleted_at !== null;
  const summary = useSummary(project.id);
  const trash = useProjectFate("trash");
  const restore = useProjectFate("restore");
  const forever = useProjectFate("forever");
  const move = useMoveProject();
  const [isSure, setSure] = useState(false);
  const data = summary.data;
  const places = [{ id: null as string | null, name: t("projects.top") }, ...folders];
  const entries: MenuEntry[] = isTrash
    ? [
        { label: t("projects.restore"), run: () => restore.mutate(project.id) },
        { label: t("projects.deleteForever"), run: () => setSure(true) },
      ]
    : [
        ...places
          .filter((each) => each.id !== project.folder_id)
          .map((each) => ({
            label: t("projects.moveTo", { folder: each.name }),
            run: () => move.mutate({ projectId: project.id, folderId: each.id }),
          })),
        ...(project.role === "owner" ? [{ label: t("projects.toTrash"), run: throwAway }] : []),
      ];
  function throwAway() {
    trash.mutate(project.id, {
      onSuccess: () =>
        notify("info", text("projects.trashed", { name: project.name }), {
          label: text("app.undo"),
          run: () => restore.mutate(project.id),
        }),
    });
  }
  return (
    <>
      <Frame
        to={isTrash ? null : `/projects/${project.id}`}
        name={project.name}
        cover={
          !isTrash && (
            <Suspense>
              <Cover projectId={project.id} />
            </Suspense>
          )
        }
        onDragStart={(event) => event.dataTransfer.setData(DRAGGED, project.id)}
        entries={entries}
      >
        {project.description && (
          <Typography variant="body2" color="textSecondary" sx={{ mb: 1 }} noWrap>
            {project.description}
          </Typography>
        )}
        <Stack direction="row" useFlexGap sx={{ flexWrap: "wrap", gap: 0.75, mb: 1, minHeight: 24 }}>
          {data ? (
            <>
              <Tag>{t("projects.nImages", { count: data.n_images })}</Tag>
              <Tag>{t("projects.nObjects", { count: data.n_objects })}</Tag>
              {data.size_bytes > 0 && <Tag>{formatBytes(data.size_bytes)}</Tag>}
            </>
          ) : (
            !isTrash && <Skeleton width={120} />
          )}
          {project.role !== "owner" && <Tag>{t(`sharing.${project.role}`)}</Tag>}
        </Stack>
        <Typography variant="caption" color="textSecondary">
          {t("projects.updated", { date: formatDate(project.updated_at) })}
        </Typography>
      </Frame>
      <Suspense>
        {isSure && (
          <ConfirmDialog
            title={t("projects.deleteForever")}
            message={t("projects.deleteForeverSure", { name: project.name })}
            confirm={t("projects.deleteForever")}
            onConfirm={() => forever.mutate(project.id)}
            onClose={() => setSure(false)}
          />
        )}
      </Suspense>
    </>
  );
}

export function FolderCard({ folder }: { folder: Folder }) {
  const t = useText();
  const remove = useDeleteFolder();
  const move = useMoveProject();
  const [dialog, setDialog] = useState<"rename" | "delete" | null>(null);
  return (
    <>
      <Frame
        to={`/projects?folder=${folder.id}`}
        name={folder.name}
        icon={<FolderIcon sx={{ color: "primary.main" }} />}
        onDrop={(event) => {
          const projectId = event.dataTransfer.getData(DRAGGED);
          if (projectId) move.mutate({ projectId, folderId: folder.id });
        }}
        entries={[
          { label: t("projects.renameFolder"), run: () => setDialog("rename") },
          { label: t("projects.deleteFolder"), run: () => setDialog("delete") },
        ]}
      >
        <Typography variant="caption" color="textSecondary">
          {t("projects.folder")}
        </Typography>
      </Frame>
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
