import Dialog from "@mui/material/Dialog";
import { useText } from "../i18n/useText";
import FirstSteps from "./FirstSteps";

/** The example project for who has projects already; a file of its own, because a dashboard is drawn without dialogs. */
export default function ExampleDialog({
  onNewProject,
  onClose,
}: {
  onNewProject: () => void;
  onClose: () => void;
}) {
  const t = useText();
  return (
    <Dialog open onClose={onClose} fullWidth maxWidth="sm" aria-label={t("projects.exampleName")}>
      <FirstSteps onNewProject={onNewProject} />
    </Dialog>
  );
}
