import { Suspense } from "react";
import type { Project } from "../api/projects";
import { useUploadSets } from "../api/uploadSets";
import { useStore } from "../store/store";
import { later } from "../ui/later";
import { uploads } from "./uploadList";

const SetPreview = later(() => import("./SetPreview"));

/** What was understood of files that were uploaded together, before they are added to the project. */
export function SetPreviews({ project }: { project: Project }) {
  const { data } = useUploadSets(project.id, true);
  const items = useStore(uploads);
  const onTheirWay = new Set(
    [...items.values()].flatMap((each) =>
      each.setId && each.state !== "done" && each.state !== "failed" ? [each.setId] : [],
    ),
  );
  const shown = (data ?? []).filter((each) => each.state !== "arriving" || !onTheirWay.has(each.id));
  return (
    <Suspense>
      {shown.map((each) => (
        <SetPreview key={each.id} project={project} set={each} />
      ))}
    </Suspense>
  );
}
