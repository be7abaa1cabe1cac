import Button from "@mui/material/Button";
import { Suspense, useState } from "react";
import type { Project } from "../api/projects";
import { useText } from "../i18n/useText";
import { PlayIcon } from "../ui/icons";
import { later } from "../ui/later";
import { RunsProgress } from "./RunsProgress";

const RunDialog = later(() => import("./RunDialog"));

/** Segments one image again, and shows how far it is. */
export default function RunButton({ project, imageId }: { project: Project; imageId: string }) {
  const t = useText();
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <RunsProgress projectId={project.id} />
      <Button variant="contained" size="small" startIcon={<PlayIcon />} onClick={() => setOpen(true)}>
        {t("runs.startThis")}
      </Button>
      <Suspense>
        {isOpen && <RunDialog project={project} imageIds={[imageId]} onClose={() => setOpen(false)} />}
      </Suspense>
    </>
  );
}
