import Alert from "@mui/material/Alert";
import Box from "@mui/material/Box";
import Button from "@mui/material/Button";
import Stack from "@mui/material/Stack";
import { useCallback, useEffect, useMemo, useState } from "react";
import { useSearchParams } from "react-router";
import { type ImageDetail, useFrames } from "../api/images";
import { useOutlines, useResults } from "../api/results";
import { isActive } from "../api/runs";
import { useText } from "../i18n/useText";
import { notify } from "../store/notifications";
import { useStore } from "../store/store";
import { useActions } from "../ui/actions";
import { ProblemAlert } from "../ui/ProblemAlert";
import type { ColourBy } from "../viewer/colours";
import { DisplayPanel } from "../viewer/DisplayPanel";
import { type ChannelDisplay, defaultDisplay, tileUrl } from "../viewer/display";
import { FrameSteps } from "../viewer/FrameSteps";
import { ImageView } from "../viewer/ImageView";
import { InfoPanel } from "../viewer/InfoPanel";
import type { OutlineLook } from "../viewer/layers/outlines";
import { bringIntoView, type MapParts } from "../viewer/useMap";
import { editorActions } from "./actions";
import type { PanelId } from "./actions/action";
import { coloured } from "./colouring";
import { LiveMeasures } from "./LiveMeasures";
import { OpenPanel } from "./OpenPanel";
import { ConflictPanel } from "./panels/ConflictPanel";
import { ObjectsPanel } from "./panels/ObjectsPanel";
import { SmartBar } from "./panels/SmartBar";
import { ToolOptionsBar } from "./panels/ToolOptionsBar";
import { VersionsPanel } from "./panels/VersionsPanel";
import { useNewVersion } from "./requests";
import { SaveState } from "./SaveState";
import { SidePanels } from "./SidePanels";
import { Toolbar } from "./Toolbar";
import { useComparison } from "./useComparison";
import { useEditor } from "./useEditor";
import { useHands } from "./useHands";
import { useSmart } from "./useSmart";

const SEEN: OutlineLook = { fillOpacity: 0, lineWidth: 2, opacity: 1, showLabels: true };

/** An image with its outlines, and all that a person does to them. */
export function Editor({ image, canEdit }: { image: ImageDetail; canEdit: boolean }) {
  const t = useText();
  const [params, setParams] = useSearchParams();
  const frame = Math.max(0, Math.min(image.n_frames - 1, Number(params.get("frame") ?? 0) || 0));
  const [z, setZ] = useState(Math.floor(image.n_slices / 2));
  const [display, setDisplay] = useState<ChannelDisplay[]>(() => defaultDisplay(image));
  const [look, setLook] = useState(SEEN);
  const [colourBy, setColourBy] = useState<ColourBy>("class");
  const [threshold, setThreshold] = useState<number | null>(null);
  const [panel, setPanel] = useState<PanelId | null>(null);
  const [parts, setParts] = useState<MapParts | null>(null);
  const frames = useFrames(image.id);
  const results = useResults(image.id, frame);
  const resultId = frames.data?.find((each) => each.frame === frame)?.result_id ?? null;
  const outlines = useOutlines(resultId);
  const preview = useOutlines(threshold === null ? null : resultId, threshold);
  const editing = useEditor(image.id, resultId, outlines.data, canEdit);
  const { bench, session, state, document, facts } = editing;
  const version = results.data?.find((each) => each.id === resultId)?.version ?? 0;
  useEffect(() => session?.heard(version), [session, version]);
  const comparison = useComparison(resultId);
  const smart = useSmart(bench, image.id, frame, z);
  useHands(bench, image.id, frame, resultId, parts, document);
  const newVersion = useNewVersion(image.id, frame);
  const selected = useStore(bench.selected);
  useStore(bench.tool);
  useStore(bench.hidden);
  const wanted = Number(params.get("object")) || null;
  useEffect(() => {
    if (wanted) bench.selected.set(new Set([wanted]));
  }, [bench, wanted]);

  const drawn = useMemo(() => {
    const own =
      threshold !== null && preview.data
        ? preview.data.objects.map((each) => ({ key: each.number, outline: each.outline, colour: "#ffe14d" }))
        : coloured(document, facts, colourBy);
    return [...own, ...comparison.outlines];
  }, [document, facts, colourBy, comparison.outlines, threshold, preview.data]);
  const setFrame = (next: number) => {
    setParams({ frame: String(next) }, { replace: true });
    bench.selected.set(new Set());
    bench.reset();
  };
  const attach = useCallback(
    (made: MapParts) => {
      setParts(made);
      return bench.attach({ ...made, width: image.width ?? 1, height: image.height ?? 1 });
    },
    [bench, image.width, image.height],
  );
  const select = (number: number | null, isAdding: boolean) => {
    if (number === null) bench.selected.set(new Set());
    else bench.selected.set((now) => (isAdding ? toggled(now, number) : new Set([number])));
  };
  const actions = editorActions({ bench, look: () => look, setLook, open: setPanel });
  useActions({ title: "editor.title", actions });
  const refusal = useStore(bench.refusal);
  useEffect(() => {
    if (refusal) notify("info", t(`editor.no_${refusal.reason}`));
  }, [refusal, t]);
  const focus = selected.size === 1 ? ([...selected][0] ?? null) : null;
  const conflict = state?.sync.conflicts[0];
  const running = results.data?.find(isActive);
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
        <ToolOptionsBar bench={bench} document={document}>
          <SmartBar bench={bench} smart={smart} />
          {session && state && <SaveState session={session} saving={state.saving} />}
        </ToolOptionsBar>
        {editing.error ? <ProblemAlert error={editing.error} onRetry={editing.again} /> : null}
        <Box sx={{ flex: 1, display: "flex", flexDirection: { xs: "column", md: "row" }, minHeight: 0 }}>
          <Toolbar actions={actions} />
          <ImageView
            name={image.name}
            width={image.width ?? 1}
            height={image.height ?? 1}
            pixelSizeUm={image.pixel_size_x_um}
            tilesKey={JSON.stringify([display, frame, z])}
            tileUrl={(...place) => tileUrl(image.id, display, frame, z, place)}
            outlines={drawn}
            look={look}
            selected={selected}
            focus={focus}
            attach={attach}
          >
            <LiveMeasures bench={bench} pixelSizeUm={image.pixel_size_x_um} />
            <OpenPanel
              panel={panel}
              editing={editing}
              actions={actions}
              imageId={image.id}
              resultId={resultId}
              frame={frame}
              nFrames={image.n_frames}
              pixelSizeUm={image.pixel_size_x_um}
              onFrame={setFrame}
              onClose={() => setPanel(null)}
            />
            {session && conflict && (
              <ConflictPanel
                key={conflict.id}
                bench={bench}
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
          onSlice={setZ}
        />
      </Box>
      <SidePanels
        panels={{
          objects: () => (
            <>
              {canEdit && frames.isSuccess && !resultId && !running && (
                <Stack sx={{ p: 2, pb: 0 }}>
                  <Button
                    variant="outlined"
                    loading={newVersion.isPending}
                    onClick={() => newVersion.mutate(null)}
                  >
                    {t("editor.drawByHand")}
                  </Button>
                </Stack>
              )}
              {threshold !== null && (
                <Alert severity="info" sx={{ m: 1 }}>
                  {t("image.previewNote", { count: preview.data?.objects.length ?? 0 })}
                </Alert>
              )}
              <ObjectsPanel
                resultId={resultId}
                isRunning={running !== undefined}
                failure={results.data?.[0]?.state === "failed" ? results.data[0].error_reason : null}
                editing={editing}
                pixelSizeUm={image.pixel_size_x_um}
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

function toggled(now: ReadonlySet<number>, number: number): ReadonlySet<number> {
  const next = new Set(now);
  if (!next.delete(number)) next.add(number);
  return next;
}
