import Box from "@mui/material/Box";
import Button from "@mui/material/Button";
import IconButton from "@mui/material/IconButton";
import { Suspense, useCallback, useEffect, useMemo, useState } from "react";
import { useNavigate, useOutletContext, useSearchParams } from "react-router";
import { useConditionOf } from "../api/conditions";
import { type ImageSummary, useDeleteImages, useImagesFate } from "../api/images";
import { type ProjectContext, useSummary } from "../api/projects";
import { text } from "../i18n";
import { useText } from "../i18n/useText";
import { notify } from "../store/notifications";
import { useActions } from "../ui/actions";
import { EmptyState } from "../ui/EmptyState";
import { EditIcon, OutlinesIcon, PlayIcon, SearchIcon, TrashIcon, UploadIcon } from "../ui/icons";
import { later } from "../ui/later";
import { ProblemAlert } from "../ui/ProblemAlert";
import { BarButton } from "./BarButton";
import { Cards } from "./Cards";
import { chosenImages } from "./chosen";
import type { ChosenFile } from "./chosenFiles";
import { addressOf, filterOf, type ImageFilter, isNarrowed } from "./filter";
import { GalleryBar } from "./GalleryBar";
import { rememberList } from "./neighbours";
import { usePagedImages } from "./pagedImages";
import { SetPreviews } from "./SetPreviews";
import { all, click, NOTHING, type Selection } from "./selection";
import { takeFiles } from "./takeFiles";
import { DropArea, UploadButtons } from "./UploadArea";
import { UploadPanel } from "./UploadPanel";

const RunDialog = later(() => import("../runs/RunDialog"));
const ChangeDialog = later(() => import("./ChangeDialog"));
const ImportDialog = later(() => import("./ImportDialog"));
const ConfirmDialog = later(() => import("../ui/ConfirmDialog"));

export default function Gallery() {
  const t = useText();
  const navigate = useNavigate();
  const { project } = useOutletContext<ProjectContext>();
  const canEdit = project.role !== "viewer";
  const [address, setAddress] = useSearchParams();
  const filter = useMemo(() => filterOf(address), [address]);
  const [place, setPlace] = useState<readonly [number, number]>([0, 40]);
  const [selection, setSelection] = useState<Selection>(NOTHING);
  const [isReading, setReading] = useState(false);
  const [dialog, setDialog] = useState<"run" | "delete" | "change" | "import" | null>(null);
  const summary = useSummary(project.id);
  const conditionOf = useConditionOf(project.id);
  const images = usePagedImages(project.id, filter, place[0], place[1]);
  const trash = useImagesFate(project.id, "trash");
  const restore = useImagesFate(project.id, "restore");
  const remove = useDeleteImages(project.id);
  const { order, readAll } = images;
  const isFiltered = isNarrowed(filter);
  const select = useCallback(
    (image: ImageSummary, held: { shift: boolean; mod: boolean }) =>
      setSelection((now) => click(now, held.shift ? order() : [], image.id, held)),
    [order],
  );
  useEffect(() => rememberList(project.id, filter), [project.id, filter]);
  useEffect(
    () => chosenImages.set({ projectId: project.id, ids: [...selection.ids] }),
    [project.id, selection],
  );
  const show = useCallback((from: number, to: number) => setPlace([from, to]), []);
  const chosen = [...selection.ids];
  function setFilter(next: ImageFilter) {
    setAddress(addressOf(next), { replace: true });
    setSelection(NOTHING);
  }
  async function selectAll() {
    setReading(true);
    try {
      setSelection(all(await readAll()));
    } finally {
      setReading(false);
    }
  }
  function upload(files: ChosenFile[]) {
    void takeFiles(project.id, files);
  }
  function throwAway() {
    trash.mutate(chosen, {
      onSuccess: () =>
        notify("info", text("images.trashed", { count: chosen.length }), {
          label: text("app.undo"),
          run: () => restore.mutate(chosen),
        }),
    });
    setSelection(NOTHING);
  }
  useActions({
    title: "images.title",
    actions: [
      { id: "all", title: "images.selectAll", keys: ["Mod+A"], run: () => void selectAll() },
      {
        id: "none",
        title: "images.selectNone",
        keys: ["Escape"],
        run: () => setSelection(NOTHING),
        isEnabled: () => chosen.length > 0,
      },
      {
        id: "run",
        title: "runs.start",
        keys: ["R"],
        run: () => setDialog("run"),
        isEnabled: () => canEdit && images.count > 0,
      },
      {
        id: "trash",
        title: "images.toTrash",
        keys: ["Delete"],
        run: throwAway,
        isEnabled: () => canEdit && chosen.length > 0 && !filter.trash,
      },
      {
        id: "open",
        title: "images.openSelected",
        keys: ["Enter"],
        run: () => navigate(`/projects/${project.id}/images/${chosen[0]}`),
        isEnabled: () => chosen.length === 1 && !(document.activeElement instanceof HTMLAnchorElement),
      },
    ],
  });
  const body = images.error ? (
    <ProblemAlert error={images.error} onRetry={images.retry} />
  ) : !images.isEmpty ? (
    <Cards
      key={JSON.stringify(filter)}
      images={images}
      total={isFiltered ? images.count : (summary.data?.n_images ?? images.count)}
      selection={selection}
      isTrash={filter.trash}
      onSelect={select}
      conditionOf={conditionOf}
      onPlace={show}
    />
  ) : isFiltered ? (
    <EmptyState
      icon={filter.trash ? <TrashIcon /> : <SearchIcon />}
      title={t(filter.trash ? "projects.trashEmpty" : "images.nothingFound")}
    />
  ) : (
    <EmptyState
      icon={<UploadIcon />}
      title={t("addFiles.dropHere")}
      actions={canEdit && <UploadButtons onFiles={upload} isProminent />}
    >
      {t("projects.uploadExplanation")}
    </EmptyState>
  );
  return (
    <DropArea onFiles={canEdit ? upload : () => undefined}>
      <UploadPanel projectId={project.id} />
      {canEdit && <SetPreviews project={project} />}
      <GalleryBar
        filter={filter}
        onFilter={setFilter}
        nSelected={chosen.length}
        canSelect={images.count > 0 || chosen.length > 0}
        isReading={isReading}
        onSelectAll={() => void selectAll()}
        onSelectNone={() => setSelection(NOTHING)}
        actions={
          canEdit &&
          (filter.trash ? (
            <>
              <Button
                disabled={chosen.length === 0}
                onClick={() => restore.mutate(chosen, { onSuccess: () => setSelection(NOTHING) })}
              >
                {t("projects.restore")}
              </Button>
              <Button color="error" disabled={chosen.length === 0} onClick={() => setDialog("delete")}>
                {t("projects.deleteForever")}
              </Button>
            </>
          ) : (
            <>
              {chosen.length > 0 && (
                <>
                  <BarButton wordsFrom="xl" startIcon={<EditIcon />} onClick={() => setDialog("change")}>
                    {t("images.change")}
                  </BarButton>
                  <BarButton wordsFrom="xl" color="error" startIcon={<TrashIcon />} onClick={throwAway}>
                    {t("images.toTrash")}
                  </BarButton>
                </>
              )}
              {/* the bar is one row: with images chosen it is about them */}
              <Box sx={{ display: { xs: "contents", md: chosen[0] ? "none" : "contents" } }}>
                <UploadButtons onFiles={upload} isInBar />
              </Box>
              {images.count > 0 && (
                <IconButton
                  color="primary"
                  title={t("images.importOutlines")}
                  aria-label={t("images.importOutlines")}
                  onClick={() => setDialog("import")}
                >
                  <OutlinesIcon />
                </IconButton>
              )}
              <Button
                variant="contained"
                startIcon={<PlayIcon />}
                disabled={images.count === 0 && chosen.length === 0}
                onClick={() => setDialog("run")}
              >
                {chosen.length > 0 ? t("runs.startSelected", { count: chosen.length }) : t("runs.startAll")}
              </Button>
            </>
          ))
        }
      />
      {body}
      <Suspense>
        {dialog === "run" && (
          <RunDialog
            project={project}
            imageIds={chosen.length > 0 ? chosen : null}
            onClose={() => setDialog(null)}
          />
        )}
        {dialog === "change" && (
          <ChangeDialog projectId={project.id} imageIds={chosen} onClose={() => setDialog(null)} />
        )}
        {dialog === "import" && (
          <ImportDialog
            projectId={project.id}
            imageIds={chosen.length > 0 ? chosen : null}
            onClose={() => setDialog(null)}
          />
        )}
        {dialog === "delete" && (
          <ConfirmDialog
            title={t("projects.deleteForever")}
            message={t("images.deleteSure", { count: chosen.length })}
            confirm={t("projects.deleteForever")}
            onConfirm={() => remove.mutate(chosen, { onSuccess: () => setSelection(NOTHING) })}
            onClose={() => setDialog(null)}
          />
        )}
      </Suspense>
    </DropArea>
  );
}
