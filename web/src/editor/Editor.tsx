import Box from "@mui/material/Box";
import { useCallback, useEffect, useMemo, useState } from "react";
import { useSearchParams } from "react-router";
import { type ImageDetail, measuringOf, useFrames } from "../api/images";
import type { Project } from "../api/projects";
import { sliceOf, useOutlines, useResult, useResults } from "../api/results";
import { isActive } from "../api/runs";
import { failureText } from "../api/sentences";
import { useText } from "../i18n/useText";
import { notify } from "../store/notifications";
import { useStore } from "../store/store";
import { useActions } from "../ui/actions";
import { ProblemAlert } from "../ui/ProblemAlert";
import type { ColourBy } from "../viewer/colours";
import { DisplayPanel } from "../viewer/DisplayPanel";
import { type ChannelDisplay, tileUrl } from "../viewer/display";
import { FrameSteps } from "../viewer/FrameSteps";
import { ImageView } from "../viewer/ImageView";
import { InfoPanel } from "../viewer/InfoPanel";
import type { OutlineLook } from "../viewer/layers/outlines";
import { bringIntoView, type MapParts } from "../viewer/useMap";
import { editorActions } from "./actions";
import type { PanelId } from "./actions/action";
import { displayFor, useCarried } from "./carried";
import { coloured } from "./colouring";
import { ImageSteps } from "./ImageSteps";
import { LiveMeasures } from "./LiveMeasures";
import { OpenPanel } from "./OpenPanel";
import { ConflictPanel } from "./panels/ConflictPanel";
import { KeepThreshold } from "./panels/KeepThreshold";
import { DrawByHand, PreviewNote, ResultNotes } from "./panels/ObjectsNotes";
import { ObjectsPanel } from "./panels/ObjectsPanel";
import { ScalePanel } from "./panels/ScalePanel";
import { SmartBar } from "./panels/SmartBar";
import { ToolOptionsBar } from "./panels/ToolOptionsBar";
import { VersionsPanel } from "./panels/VersionsPanel";
import { SaveState } from "./SaveState";
import { SidePanels } from "./SidePanels";
import { Toolbar } from "./Toolbar";
import { toggled } from "./toggled";
import { useAwareness } from "./useAwareness";
import { useComparison } from "./useComparison";
import { useEditor } from "./useEditor";
import { useSmart } from "./useSmart";

const SEEN: OutlineLook = { fillOpacity: 0, lineWidth: 2, opacity: 1, showLabels: true };

/** An image with its outlines, and all that a person does to them. */
export function Editor({ image, project }: { image: ImageDetail; project: Project }) {
  const canEdit = project.role !== "viewer";
  const t = useText();
  const [params, setParams] = useSearchParams();
  const carried = useCarried();
  const frame = Math.max(0, Math.min(image.n_frames - 1, Number(params.get("frame") ?? 0) || 0));
  const [chosenSlice, setSlice] = useState<number | "max" | null>(null);
  const [display, setDisplay] = useState<ChannelDisplay[]>(() => displayFor(image, carried));
  const [look, setLook] = useState(carried?.look ?? SEEN);
  const [colourBy, setColourBy] = useState<ColourBy>(carried?.colourBy ?? "class");
  const [threshold, setThreshold] = useState<number | null>(null);
  const [panel, setPanel] = useState<PanelId | null>(null);
  const [parts, setParts] = useState<MapParts | null>(null);
  const frames = useFrames(image.id);
  const results = useResults(image.id, frame);
  const { result_id: resultId = null, time_s: timeS = null } = frames.data?.[frame] ?? {};
  const shownResult = useResult(resultId);
  const z = chosenSlice ?? sliceOf(shownResult.data?.run_card, image.n_slices);
  const measuring = useMemo(() => measuringOf(image), [image]);
  const outlines = useOutlines(resultId);
  const preview = useOutlines(threshold === null ? null : resultId, threshold);
  const tried = preview.error ? null : threshold;
  const editing = useEditor(image.id, resultId, outlines.data, canEdit);
  const { controller, session, state, document, facts } = editing;
  const version = results.data?.find((each) => each.id === resultId)?.version ?? 0;
  useEffect(() => session?.heard(version), [session, version]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: once; afterwards the tool is what somebody takes
  useEffect(() => {
    if (!carried) return;
    controller.options.set(carried.options);
    if (canEdit) controller.take(carried.tool);
  }, [controller]);
  const comparison = useComparison(resultId);
  const smart = useSmart(controller, image.id, frame, z);
  useAwareness(controller, image.id, frame, resultId, parts, document);
  const selected = useStore(controller.selected);
  useStore(controller.tool);
  useStore(controller.hidden);
  const wanted = Number(params.get("object")) || null;
  useEffect(() => {
    if (wanted) controller.selected.set(new Set([wanted]));
  }, [controller, wanted]);

  const drawn = useMemo(() => {
    const own =
      threshold !== null && preview.data
        ? preview.data.objects.map((each) => ({ key: each.number, outline: each.outline, colour: "#ffe14d" }))
        : coloured(document, facts, colourBy, measuring, project.exclusion);
    return [...own, ...comparison.outlines];
  }, [document, facts, colourBy, measuring, project.exclusion, comparison.outlines, threshold, preview.data]);
  const setFrame = (next: number) => {
    setParams({ frame: String(next) }, { replace: true });
    controller.selected.set(new Set());
    controller.reset();
  };
  const attach = useCallback(
    (made: MapParts) => {
      setParts(made);
      return controller.attach({ ...made, width: image.width ?? 1, height: image.height ?? 1 });
    },
    [controller, image.width, image.height],
  );
  const select = (number: number | null, isAdding: boolean) => {
    if (number === null) controller.selected.set(new Set());
    else controller.selected.set((now) => (isAdding ? toggled(now, number) : new Set([number])));
  };
  const actions = editorActions({ controller, look: () => look, setLook, open: setPanel });
  useActions({ title: "editor.title", actions });
  const refusal = useStore(controller.refusal);
  useEffect(() => {
    if (refusal) notify("info", t(`editor.no_${refusal.reason}`));
  }, [refusal, t]);
  const focus = selected.size === 1 ? ([...selected][0] ?? null) : null;
  const conflict = state?.sync.conflicts[0];
  const running = results.data?.find(isActive);
  const failed = results.data?.[0]?.state === "failed" ? results.data[0] : null;
  return (
    <Box sx={{ flex: 1, display: "flex", flexDirection: { xs: "column", md: "row" }, minHeight: 0 }}>
      <Box
        sx={{
          flex: 1,
          display: "flex",
          flexDirection: "column",
          minWidth: 0,
          minHeight: { xs: "70dvh", md: 0 },
        }}
      >
        <ToolOptionsBar controller={controller} document={document}>
          <ImageSteps
            projectId={image.project_id}
            imageId={image.id}
            carry={() => ({ display, look, colourBy, ...controller.toolInUse })}
          />
          {session && state && <SaveState session={session} saving={state.saving} />}
        </ToolOptionsBar>
        {editing.error ? <ProblemAlert error={editing.error} onRetry={editing.again} /> : null}
        <Box sx={{ flex: 1, display: "flex", flexDirection: { xs: "column", md: "row" }, minHeight: 0 }}>
          <Toolbar actions={actions} />
          <ImageView
            name={image.name}
            width={image.width ?? 1}
            height={image.height ?? 1}
            pixelSizeUm={measuring.pixelSizeUm?.x ?? null}
            tilesKey={JSON.stringify([display, frame, z])}
            tileUrl={(...place) => tileUrl(image.id, display, frame, z, place)}
            outlines={drawn}
            look={look}
            selected={selected}
            focus={focus}
            attach={attach}
          >
            <SmartBar controller={controller} smart={smart} />
            <LiveMeasures controller={controller} measuring={measuring} />
            <ScalePanel controller={controller} project={project} imageId={image.id} measuring={measuring} />
            <OpenPanel
              panel={panel}
              editing={editing}
              actions={actions}
              imageId={image.id}
              resultId={resultId}
              frame={frame}
              nFrames={image.n_frames}
              measuring={measuring}
              onFrame={setFrame}
              onClose={() => setPanel(null)}
            />
            {session && conflict && (
              <ConflictPanel
                key={conflict.id}
                controller={controller}
                session={session}
                conflict={conflict}
                nLeft={state?.sync.conflicts.length ?? 1}
                document={document}
                onShow={(box) => parts && bringIntoView(parts.map, box)}
              />
            )}
          </ImageView>
        </Box>
        <FrameSteps
          frame={frame}
          nFrames={image.n_frames}
          onFrame={setFrame}
          slice={z}
          nSlices={image.n_slices}
          onSlice={setSlice}
          timeS={timeS}
        />
      </Box>
      <SidePanels
        panels={{
          objects: () => (
            <>
              {canEdit && frames.isSuccess && !resultId && !running && (
                <DrawByHand image={image} frame={frame} />
              )}
              <ResultNotes image={image} result={shownResult.data} controller={canEdit ? controller : null} />
              {threshold !== null && <PreviewNote count={preview.data?.objects.length ?? 0} />}
              <ObjectsPanel
                resultId={resultId}
                isRunning={running !== undefined}
                failure={failed ? failureText(failed.error_code, failed.error_reason) : null}
                editing={editing}
                measuring={measuring}
                rules={project.exclusion}
                onSelect={select}
              />
            </>
          ),
          display: () => (
            <DisplayPanel
              image={image}
              display={display}
              onDisplay={setDisplay}
              look={look}
              onLook={setLook}
              colourBy={colourBy}
              onColourBy={setColourBy}
              resultId={resultId}
              threshold={threshold}
              onThreshold={setThreshold}
              thresholdError={threshold === null ? null : preview.error}
              keepThreshold={canEdit && <KeepThreshold shown={shownResult.data} threshold={tried} />}
            />
          ),
          versions: () => (
            <VersionsPanel
              image={image}
              frame={frame}
              resultId={resultId}
              canEdit={canEdit}
              comparison={comparison}
              session={session}
              version={state?.sync.version ?? outlines.data?.version ?? 0}
            />
          ),
          info: () => <InfoPanel key={image.version} image={image} canEdit={canEdit} />,
        }}
      />
    </Box>
  );
}
