import Button from "@mui/material/Button";
import { useQueryClient } from "@tanstack/react-query";
import { Link } from "react-router";
import { keys } from "../api/keys";
import { type Project, useProjectFate } from "../api/projects";
import { useText } from "../i18n/useText";
import { EmptyState } from "../ui/EmptyState";
import { TrashIcon } from "../ui/icons";
import { Page } from "../ui/Page";

/** What a link to a project in the trash leads to: its images are not shown, and it can be taken out. */
export function TrashedProject({ project }: { project: Project }) {
  const t = useText();
  const client = useQueryClient();
  const restore = useProjectFate("restore");
  const again = () => client.invalidateQueries({ queryKey: keys.project(project.id) });
  return (
    <Page title={project.name}>
      <EmptyState
        icon={<TrashIcon />}
        title={t("projects.trashed", { name: project.name })}
        actions={
          <>
            {project.role === "owner" && (
              <Button
                variant="contained"
                loading={restore.isPending}
                onClick={() => restore.mutate(project.id, { onSettled: again })}
              >
                {t("projects.restore")}
              </Button>
            )}
            <Button component={Link} to="/projects">
              {t("projects.title")}
            </Button>
          </>
        }
      />
    </Page>
  );
}
