import Alert from "@mui/material/Alert";
import Box from "@mui/material/Box";
import Button from "@mui/material/Button";
import Link from "@mui/material/Link";
import Stack from "@mui/material/Stack";
import Typography from "@mui/material/Typography";
import { type ChangeEvent, Suspense, useDeferredValue, useState } from "react";
import { Link as RouterLink, useSearchParams } from "react-router";
import { type ProjectSort, useFolders, useProjects } from "../api/projects";
import { useText } from "../i18n/useText";
import { ONE_LINE } from "../ui/clamped";
import { EmptyState } from "../ui/EmptyState";
import { Field } from "../ui/Field";
import { AddIcon, FolderIcon, ImageIcon, TrashIcon } from "../ui/icons";
import { later } from "../ui/later";
import { Page } from "../ui/Page";
import { ProblemAlert } from "../ui/ProblemAlert";
import { FolderCard } from "./FolderCard";
import { CardsSkeleton, ProjectCard } from "./ProjectCard";

const NewProjectDialog = later(() => import("./NewProjectDialog"));
const FolderDialog = later(() => import("./FolderDialog"));
const ExampleDialog = later(() => import("./ExampleDialog"));
const FirstSteps = later(() => import("./FirstSteps"));
const NotFound = later(() => import("../shell/NotFound"));
const InvitationsAlert = later(() => import("../sharing/InvitationsAlert"));

export default function Dashboard() {
  const t = useText();
  const [params, setParams] = useSearchParams();
  const folderId = params.get("folder");
  const isTrash = params.get("trash") === "yes";
  const [search, setSearch] = useState("");
  const [sort, setSort] = useState<ProjectSort>("-updated_at");
  const [dialog, setDialog] = useState<"project" | "folder" | "example" | null>(null);
  const filter = { search: useDeferredValue(search.trim()), folder: folderId, trash: isTrash, sort };
  const folders = useFolders();
  const projects = useProjects(filter);
  const items = projects.data?.pages.flatMap((page) => page.items) ?? [];
  const shown =
    filter.search || isTrash ? [] : (folders.data ?? []).filter((each) => each.parent_id === folderId);
  const trail = trailOf(folders.data ?? [], folderId);
  const isEmpty = projects.isSuccess && folders.isSuccess && items.length === 0 && shown.length === 0;
  const isNew = isEmpty && !filter.search && !isTrash && !folderId;
  if (folderId && folders.isSuccess && trail.length === 0) return <NotFound />; // deleted, or somebody else's
  return (
    <Page
      title={isTrash ? t("projects.trash") : (trail.at(-1)?.name ?? t("projects.title"))}
      trail={
        (isTrash || folderId) && (
          <Stack component="nav" direction="row" spacing={1} aria-label={t("projects.trail")} sx={{ mb: 1 }}>
            <Link component={RouterLink} to="/projects" sx={{ flexShrink: 0 }}>
              {t("projects.title")}
            </Link>
            {trail.slice(0, -1).map((each) => (
              <Link
                key={each.id}
                component={RouterLink}
                to={`/projects?folder=${each.id}`}
                sx={{ ...ONE_LINE, flexShrink: 1 }}
              >
                / {each.name}
              </Link>
            ))}
            <Typography noWrap>/ {isTrash ? t("projects.trash") : trail.at(-1)?.name}</Typography>
          </Stack>
        )
      }
      actions={
        !isTrash && (
          <>
            <Button startIcon={<TrashIcon />} color="inherit" onClick={() => setParams({ trash: "yes" })}>
              {t("projects.trash")}
            </Button>
            <Button startIcon={<FolderIcon />} onClick={() => setDialog("folder")}>
              {t("projects.newFolder")}
            </Button>
            {!isNew && (
              <Button startIcon={<ImageIcon />} onClick={() => setDialog("example")}>
                {t("projects.exampleName")}
              </Button>
            )}
            <Button variant="contained" startIcon={<AddIcon />} onClick={() => setDialog("project")}>
              {t("projects.newProject")}
            </Button>
          </>
        )
      }
    >
      {projects.isSuccess && (
        <Suspense>
          <InvitationsAlert />
        </Suspense>
      )}
      {isTrash && (
        <Alert severity="info" sx={{ mb: 2 }}>
          {t("projects.trashExplanation")}
        </Alert>
      )}
      {!isNew && (
        <Stack direction="row" spacing={1.5} sx={{ mb: 2, maxWidth: 640 }}>
          <Field
            type="search"
            label={t("projects.search")}
            value={search}
            sx={{ flex: "1 1 150px" }}
            onChange={(event) => setSearch(event.target.value)}
          />
          <Box
            component="select"
            aria-label={t("projects.sort")}
            value={sort}
            onChange={(event: ChangeEvent<HTMLSelectElement>) => setSort(event.target.value as ProjectSort)}
            sx={{
              font: "inherit",
              fontSize: { xs: 14, sm: "inherit" },
              minWidth: 0,
              flexShrink: { xs: 1, sm: 0 },
              color: "inherit",
              bgcolor: "background.paper",
              border: 1,
              borderColor: "text.secondary",
              borderRadius: 1,
              px: 1,
              minHeight: 40,
            }}
          >
            <option value="-updated_at">{t("projects.sortUpdated")}</option>
            <option value="-created_at">{t("projects.sortCreated")}</option>
            <option value="name">{t("projects.sortName")}</option>
          </Box>
        </Stack>
      )}
      {projects.isError && <ProblemAlert error={projects.error} onRetry={() => projects.refetch()} />}
      {projects.isPending && <CardsSkeleton />}
      {isNew && (
        <Suspense>
          <FirstSteps onNewProject={() => setDialog("project")} />
        </Suspense>
      )}
      {isEmpty && !isNew && (
        <EmptyState
          icon={isTrash ? <TrashIcon /> : <ImageIcon />}
          title={t(
            isTrash
              ? "projects.trashEmpty"
              : filter.search
                ? "projects.nothingFound"
                : "projects.folderEmpty",
          )}
        />
      )}
      <Box
        component="ul"
        aria-label={t("projects.title")}
        sx={{
          display: "grid",
          gap: 2,
          gridTemplateColumns: "repeat(auto-fill, minmax(min(100%, 270px), 1fr))",
          m: 0,
          p: 0,
          listStyle: "none",
        }}
      >
        {shown.map((folder) => (
          <FolderCard key={folder.id} folder={folder} />
        ))}
        {items.map((project) => (
          <ProjectCard key={project.id} project={project} folders={folders.data ?? []} />
        ))}
      </Box>
      {projects.hasNextPage && (
        <Button sx={{ mt: 2 }} onClick={() => projects.fetchNextPage()} loading={projects.isFetchingNextPage}>
          {t("app.more")}
        </Button>
      )}
      <Suspense>
        {dialog === "project" && <NewProjectDialog folderId={folderId} onClose={() => setDialog(null)} />}
        {dialog === "example" && (
          <ExampleDialog onNewProject={() => setDialog("project")} onClose={() => setDialog(null)} />
        )}
        {dialog === "folder" && <FolderDialog parentId={folderId} onClose={() => setDialog(null)} />}
      </Suspense>
    </Page>
  );
}

interface Named {
  id: string;
  parent_id: string | null;
  name: string;
}

/** The folders from the top down to the given one. */
function trailOf<T extends Named>(folders: readonly T[], id: string | null): T[] {
  const found = folders.find((each) => each.id === id);
  return found ? [...trailOf(folders, found.parent_id), found] : [];
}
