import Box from "@mui/material/Box";
import Button from "@mui/material/Button";
import { useVirtualizer } from "@tanstack/react-virtual";
import {
  lazy,
  Suspense,
  useCallback,
  useDeferredValue,
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from "react";
import { useNavigate, useOutletContext } from "react-router";
import { text } from "../i18n";
import { useText } from "../i18n/useText";
import type { ProjectContext } from "../projects/ProjectPage";
import { useSummary } from "../projects/queries";
import { useActions } from "../ui/actions";
import { EmptyState } from "../ui/EmptyState";
import { PlayIcon, SearchIcon, TrashIcon, UploadIcon } from "../ui/icons";
import { notify } from "../ui/notifications";
import { ProblemAlert } from "../ui/ProblemAlert";
import { GalleryBar } from "./GalleryBar";
import { ImageCard } from "./ImageCard";
import {
  ALL_IMAGES,
  type ImageFilter,
  type ImageSummary,
  useDeleteImages,
  useImages,
  useImagesFate,
} from "./queries";
import { all, click, NOTHING, type Selection } from "./selection";
import { DropArea, UploadButtons } from "./UploadArea";
import { UploadPanel } from "./UploadPanel";
import { addUploads, type ChosenFile } from "./uploads";

const RunDialog = lazy(() => import("../segmentation/RunDialog"));
const ConfirmDialog = lazy(() => import("../ui/ConfirmDialog"));
const CARD_WIDTH = 190;
const CARD_HEIGHT = 208;
const GAP = 12;

export default function Gallery() {
  const t = useText();
  const navigate = useNavigate();
  const { project } = useOutletContext<ProjectContext>();
  const canEdit = project.role !== "viewer";
  const [filter, setFilter] = useState<ImageFilter>(ALL_IMAGES);
  const [selection, setSelection] = useState<Selection>(NOTHING);
  const [dialog, setDialog] = useState<"run" | "delete" | null>(null);
  const summary = useSummary(project.id);
  const images = useImages(project.id, useDeferredValue(filter));
  const trash = useImagesFate(project.id, "trash");
  const restore = useImagesFate(project.id, "restore");
  const remove = useDeleteImages(project.id);
  const items = useMemo(() => images.data?.pages.flatMap((page) => page.items) ?? [], [images.data]);
  const order = useMemo(() => items.map((each) => each.id), [items]);
  const isFiltered =
    JSON.stringify(filter) !==
    JSON.stringify({ ...ALL_IMAGES, sort: filter.sort, descending: filter.descending });
  const select = useCallback(
    (image: ImageSummary, held: { shift: boolean; mod: boolean }) =>
      setSelection((now) => click(now, order, image.id, held)),
    [order],
  );
  const chosen = [...selection.ids];
  function upload(files: ChosenFile[]) {
    const taken = addUploads(project.id, files);
    if (taken < files.length) notify("warning", text("upload.skipped", { count: files.length - taken }));
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
      { id: "all", title: "images.selectAll", keys: ["Mod+A"], run: () => setSelection(all(order)) },
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
        isEnabled: () => canEdit && items.length > 0,
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
  const body = images.isError ? (
    <ProblemAlert error={images.error} onRetry={() => images.refetch()} />
  ) : images.isSuccess && items.length === 0 ? (
    isFiltered ? (
      <EmptyState
        icon={filter.trash ? <TrashIcon /> : <SearchIcon />}
        title={t(filter.trash ? "projects.trashEmpty" : "images.nothingFound")}
      />
    ) : (
      <EmptyState
        icon={<UploadIcon />}
        title={t("upload.dropHere")}
        actions={canEdit && <UploadButtons onFiles={upload} isProminent />}
      >
        {t("upload.explanation")}
      </EmptyState>
    )
  ) : (
    <Cards
      items={items}
      total={isFiltered ? items.length : (summary.data?.n_images ?? items.length)}
      selection={selection}
      isTrash={filter.trash}
      onSelect={select}
      onNeedMore={() => images.hasNextPage && !images.isFetchingNextPage && images.fetchNextPage()}
    />
  );
  return (
    <DropArea onFiles={canEdit ? upload : () => undefined}>
      <UploadPanel projectId={project.id} />
      <GalleryBar
        filter={filter}
        onFilter={(next) => {
          setFilter(next);
          setSelection(NOTHING);
        }}
        nSelected={chosen.length}
        nLoaded={items.length}
        onSelectAll={() => setSelection(all(order))}
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
                <Button color="inherit" startIcon={<TrashIcon />} onClick={throwAway}>
                  {t("images.toTrash")}
                </Button>
              )}
              <UploadButtons onFiles={upload} />
              <Button
                variant="contained"
                startIcon={<PlayIcon />}
                disabled={items.length === 0}
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

interface CardsProps {
  items: readonly ImageSummary[];
  total: number;
  selection: Selection;
  isTrash: boolean;
  onSelect: (image: ImageSummary, held: { shift: boolean; mod: boolean }) => void;
  onNeedMore: () => void;
}

/** The cards that are on the screen, of any number of images. */
function Cards({ items, total, selection, isTrash, onSelect, onNeedMore }: CardsProps) {
  const t = useText();
  const scroller = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    const element = scroller.current;
    if (!element) return;
    const watch = new ResizeObserver(() => setWidth(element.clientWidth));
    watch.observe(element);
    setWidth(element.clientWidth);
    return () => watch.disconnect();
  }, []);
  const columns = Math.max(1, Math.floor((width + GAP) / (CARD_WIDTH + GAP)));
  const nRows = Math.ceil(items.length / columns);
  const rows = useVirtualizer({
    count: nRows,
    getScrollElement: () => scroller.current,
    estimateSize: () => CARD_HEIGHT + GAP,
    overscan: 3,
  });
  const shown = rows.getVirtualItems();
  const last = shown.at(-1)?.index ?? 0;
  useEffect(() => {
    if (last >= nRows - 8) onNeedMore();
  }, [last, nRows, onNeedMore]);
  return (
    <Box
      ref={scroller}
      role="list"
      tabIndex={0}
      aria-label={t("images.listOf", { count: total })}
      sx={{
        flex: "none",
        overflowY: "auto",
        p: 0.5,
        mx: -0.5,
        minHeight: 320,
        height: { xs: "75dvh", md: "calc(100dvh - 290px)" },
      }}
    >
      <Box sx={{ height: rows.getTotalSize(), position: "relative" }}>
        {shown.map((row) => (
          <Box
            key={row.key}
            sx={{
              position: "absolute",
              top: 0,
              left: 0,
              right: 0,
              display: "grid",
              gap: `${GAP}px`,
              gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))`,
            }}
            style={{ transform: `translateY(${row.start}px)` }}
          >
            {items.slice(row.index * columns, (row.index + 1) * columns).map((image) => (
              <Box role="listitem" key={image.id}>
                <ImageCard
                  image={image}
                  isSelected={selection.ids.has(image.id)}
                  isTrash={isTrash}
                  height={CARD_HEIGHT}
                  onSelect={onSelect}
                />
              </Box>
            ))}
          </Box>
        ))}
      </Box>
    </Box>
  );
}
