import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, ok, type Schemas } from "./client";
import { keys } from "./keys";

export type Project = Schemas["ProjectOut"];
/** What the frame of a project's pages hands to the page in it. */
export interface ProjectContext {
  project: Project;
}
export type Folder = Schemas["FolderOut"];
export type ProjectSort = "name" | "-updated_at" | "-created_at";

interface ProjectFilter {
  search: string;
  folder: string | null;
  trash: boolean;
  sort: ProjectSort;
}

export function useProjects(filter: ProjectFilter) {
  return useInfiniteQuery({
    queryKey: [...keys.projects, filter],
    initialPageParam: null as string | null,
    queryFn: ({ pageParam, signal }) =>
      ok(
        api.GET("/api/v1/projects", {
          signal,
          params: {
            query: {
              limit: 48,
              cursor: pageParam,
              search: filter.search || null,
              // a search looks everywhere, otherwise one folder is shown
              folder: filter.search || filter.trash ? null : (filter.folder ?? "top"),
              trash: filter.trash,
              sort: filter.sort,
            },
          },
        }),
      ),
    getNextPageParam: (page) => page.next_cursor,
  });
}

export function useProject(projectId: string) {
  return useQuery({
    queryKey: keys.project(projectId),
    queryFn: ({ signal }) =>
      ok(api.GET("/api/v1/projects/{project_id}", { signal, params: { path: { project_id: projectId } } })),
  });
}

/** Of one in the trash the service tells nothing: there it is not asked. */
export function useSummary(projectId: string, refetchInterval: number | false = false, enabled = true) {
  return useQuery({
    queryKey: keys.summary(projectId),
    refetchInterval,
    enabled,
    queryFn: ({ signal }) =>
      ok(
        api.GET("/api/v1/projects/{project_id}/summary", {
          signal,
          params: { path: { project_id: projectId } },
        }),
      ),
  });
}

/** Channels, slices and scale of a project's images, for a person who is about to start a run. */
export function useAcquisition(projectId: string) {
  return useQuery({
    queryKey: [...keys.images(projectId), "acquisition"],
    queryFn: ({ signal }) =>
      ok(
        api.GET("/api/v1/projects/{project_id}/acquisition", {
          signal,
          params: { path: { project_id: projectId } },
        }),
      ),
  });
}

export function useFolders() {
  return useQuery({
    queryKey: keys.folders,
    queryFn: ({ signal }) => ok(api.GET("/api/v1/folders", { signal })),
  });
}

export function useCreateProject() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: Schemas["ProjectInput"]) => ok(api.POST("/api/v1/projects", { body })),
    onSuccess: (project) => {
      client.setQueryData(keys.project(project.id), project);
      return client.invalidateQueries({ queryKey: keys.projects });
    },
  });
}

export function useChangeProject(project: Project) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: Schemas["ProjectChange"]) =>
      ok(
        api.PATCH("/api/v1/projects/{project_id}", {
          params: { path: { project_id: project.id }, header: { "If-Match": `"${project.version}"` } },
          body,
        }),
      ),
    onMutate: (body) => {
      const before = client.getQueryData<Project>(keys.project(project.id));
      if (before) client.setQueryData(keys.project(project.id), { ...before, ...body });
      return { before };
    },
    onError: (_error, _body, context) => client.setQueryData(keys.project(project.id), context?.before),
    onSuccess: (changed) => client.setQueryData(keys.project(project.id), changed),
    // a pixel size of the project is that of its images that state none
    onSettled: () =>
      Promise.all(
        [keys.projects, keys.project(project.id), ["image"]].map((queryKey) =>
          client.invalidateQueries({ queryKey }),
        ),
      ),
  });
}

/** Trash, restore and delete for good; lists show the change at once and roll back when it fails. */
export function useProjectFate(what: "trash" | "restore" | "forever") {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (projectId: string) => {
      const params = { path: { project_id: projectId } };
      if (what === "trash") await ok(api.DELETE("/api/v1/projects/{project_id}", { params }));
      else if (what === "restore") await ok(api.POST("/api/v1/projects/{project_id}/restore", { params }));
      else await ok(api.DELETE("/api/v1/projects/{project_id}/forever", { params }));
    },
    onSettled: () => client.invalidateQueries({ queryKey: keys.projects }),
  });
}

export function useMoveProject() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ projectId, folderId }: { projectId: string; folderId: string | null }) =>
      ok(
        api.PUT("/api/v1/projects/{project_id}/folder", {
          params: { path: { project_id: projectId } },
          body: { folder_id: folderId },
        }),
      ),
    onSettled: () => client.invalidateQueries({ queryKey: keys.projects }),
  });
}

export function useCreateFolder() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: Schemas["FolderInput"]) => ok(api.POST("/api/v1/folders", { body })),
    onSettled: () => client.invalidateQueries({ queryKey: keys.folders }),
  });
}

export function useRenameFolder() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ folder, name }: { folder: Folder; name: string }) =>
      ok(
        api.PATCH("/api/v1/folders/{folder_id}", {
          params: { path: { folder_id: folder.id }, header: { "If-Match": `"${folder.version}"` } },
          body: { name, parent_id: folder.parent_id },
        }),
      ),
    onSettled: () => client.invalidateQueries({ queryKey: keys.folders }),
  });
}

export function useDeleteFolder() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (folderId: string) =>
      ok(api.DELETE("/api/v1/folders/{folder_id}", { params: { path: { folder_id: folderId } } })),
    onSettled: () =>
      Promise.all([
        client.invalidateQueries({ queryKey: keys.folders }),
        client.invalidateQueries({ queryKey: keys.projects }),
      ]),
  });
}

/** The rendered plate whose answer is known, as a project of one's own. */
export function useCreateExample() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: Schemas["ExampleInput"]) => ok(api.POST("/api/v1/examples", { body })),
    onSuccess: (project) => {
      client.setQueryData(keys.project(project.id), project);
      return client.invalidateQueries({ queryKey: keys.projects });
    },
  });
}
