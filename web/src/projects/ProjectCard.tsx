import Box from "@mui/material/Box";
import Skeleton from "@mui/material/Skeleton";
import Stack from "@mui/material/Stack";
import Typography from "@mui/material/Typography";
import { type ReactNode, Suspense, useState } from "react";
import { type Folder, type Project, useMoveProject, useProjectFate, useSummary } from "../api/projects";
import { text } from "../i18n";
import { useText } from "../i18n/useText";
import { notify } from "../store/notifications";
import { CLAMPED } from "../ui/clamped";
import { formatBytes, formatDate } from "../ui/format";
import type { MenuEntry } from "../ui/LazyMenu";
import { later } from "../ui/later";
import { CardFrame, DRAGGED } from "./CardFrame";
import { ProjectProgress } from "./ProjectProgress";

const Cover = later(() => import("./Cover"));
const ConfirmDialog = later(() => import("../ui/ConfirmDialog"));

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

export function ProjectCard({ project, folders }: { project: Project; folders: readonly Folder[] }) {
  const t = useText();
  const isTrash = project.deleted_at !== null;
  const summary = useSummary(project.id, false, !isTrash);
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
        { label: t("projects.deleteForever"), run: () => setSure(true), isDestructive: true },
      ]
    : [
        ...places
          .filter((each) => each.id !== project.folder_id)
          .map((each) => ({
            label: t("projects.moveTo", { folder: each.name }),
            run: () => move.mutate({ projectId: project.id, folderId: each.id }),
          })),
        ...(project.role === "owner"
          ? [{ label: t("projects.toTrash"), run: throwAway, isDestructive: true }]
          : []),
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
      <CardFrame
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
        {data && <ProjectProgress summary={data} />}
        <Typography
          variant="caption"
          color="textSecondary"
          title={project.owner_name}
          sx={{ ...CLAMPED, overflowWrap: "anywhere" }}
        >
          {[
            t("projects.updated", { date: formatDate(project.updated_at) }),
            t("projects.ownedBy", { name: project.owner_name }),
          ].join(" · ")}
        </Typography>
      </CardFrame>
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
