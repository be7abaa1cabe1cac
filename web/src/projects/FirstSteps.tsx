import Box from "@mui/material/Box";
import Button from "@mui/material/Button";
import Stack from "@mui/material/Stack";
import Typography from "@mui/material/Typography";
import { useState } from "react";
import { useNavigate } from "react-router";
import { useCreateExample, useCreateProject } from "../api/projects";
import { text } from "../i18n";
import { useText } from "../i18n/useText";
import type { ChosenFile } from "../images/chosenFiles";
import { folderName } from "../images/dropped";
import { takeFiles } from "../images/takeFiles";
import { DropArea, UploadButtons } from "../images/UploadArea";
import { EmptyState } from "../ui/EmptyState";
import { AddIcon, UploadIcon } from "../ui/icons";
import { ProblemAlert } from "../ui/ProblemAlert";
import { exampleFiles } from "./examples";

/** Of the real micrographs, with their licences. */
const SOURCES =
  "claudidagostino/Brightfield-3D-models-image-analysis (BSD-3-Clause), oist/Usiigaci (MIT), BBBC039v1 (CC0 1.0)";

/** What somebody sees who has nothing yet: a place for a folder of images, and the example project. */
export default function FirstSteps({ onNewProject }: { onNewProject: () => void }) {
  const t = useText();
  const navigate = useNavigate();
  const create = useCreateProject();
  const example = useCreateExample();
  const [isFetching, setFetching] = useState(false);
  async function begin(files: ChosenFile[], name: string, description = "", isRunWanted?: boolean) {
    const project = await create.mutateAsync({ name, kind: "spheroid", description, region: "filled" });
    await takeFiles(project.id, files, isRunWanted);
    navigate(`/projects/${project.id}`);
  }
  async function tryExample() {
    const project = await example.mutateAsync({
      name: text("projects.exampleName"),
      description: text("projects.exampleDescription"),
    });
    navigate(`/projects/${project.id}/plate?response=growth-rate`);
  }
  async function tryImages() {
    setFetching(true);
    try {
      await begin(
        await exampleFiles(),
        text("projects.exampleImages"),
        text("projects.exampleImagesDescription", { sources: SOURCES }),
        true,
      );
    } finally {
      setFetching(false);
    }
  }
  return (
    <DropArea onFiles={(files) => void begin(files, folderName(files) ?? text("projects.firstName"))}>
      <EmptyState
        icon={<UploadIcon />}
        title={t("projects.dropHere")}
        actions={
          <>
            <UploadButtons
              isProminent
              onFiles={(files) => void begin(files, folderName(files) ?? text("projects.firstName"))}
            />
            <Button startIcon={<AddIcon />} onClick={onNewProject}>
              {t("projects.newProject")}
            </Button>
          </>
        }
      >
        {t("projects.uploadExplanation")}
      </EmptyState>
      <Box sx={{ mt: 3, textAlign: "center" }}>
        <Typography color="textSecondary" sx={{ mb: 1, mx: "auto", maxWidth: 640 }}>
          {t("projects.exampleExplanation")}
        </Typography>
        <Stack direction="row" useFlexGap sx={{ gap: 1, justifyContent: "center", flexWrap: "wrap" }}>
          <Button variant="outlined" loading={example.isPending} onClick={() => void tryExample()}>
            {t("projects.tryExample")}
          </Button>
          <Button loading={isFetching || create.isPending} onClick={() => void tryImages()}>
            {t("projects.exampleImages")}
          </Button>
        </Stack>
        {example.isError && <ProblemAlert error={example.error} />}
      </Box>
    </DropArea>
  );
}
