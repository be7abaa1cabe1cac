import Box from "@mui/material/Box";
import IconButton from "@mui/material/IconButton";
import Paper from "@mui/material/Paper";
import Stack from "@mui/material/Stack";
import Tooltip from "@mui/material/Tooltip";
import Typography from "@mui/material/Typography";
import { defaults as interactions } from "ol/interaction/defaults";
import type TileLayer from "ol/layer/Tile";
import OlMap from "ol/Map";
import View from "ol/View";
import { useEffect, useRef, useState } from "react";
import { type DrawnOutline, OutlineLayer, type OutlineLook } from "../editor/layers/outlines";
import { scaleBar } from "../editor/layers/scaleBar";
import { extentOf, imageLayer } from "../editor/layers/tiles";
import { useText } from "../i18n/useText";
import { useActions } from "../ui/actions";
import { formatNumber } from "../ui/format";
import { FitIcon, ZoomInIcon, ZoomOutIcon } from "../ui/icons";

interface Props {
  name: string;
  width: number;
  height: number;
  /** µm per pixel; null where nobody knows. */
  pixelSizeUm: number | null;
  /** Changes when other pixels are to be shown. */
  tilesKey: string;
  tileUrl: (level: number, column: number, row: number) => string;
  outlines: readonly DrawnOutline[];
  look: OutlineLook;
  selected: ReadonlySet<number>;
  /** The object to bring onto the screen. */
  focus: number | null;
  onSelect: (key: number | null, isAdding: boolean) => void;
}

const MOST_ZOOM = 16; // screen pixels an image pixel

/** The image with its outlines: pan, zoom, click. */
export function ImageView(props: Props) {
  const t = useText();
  const { width, height, pixelSizeUm, tilesKey, outlines, look, selected, focus } = props;
  const latest = useRef(props);
  latest.current = props;
  const target = useRef<HTMLDivElement>(null);
  const map = useRef<OlMap | null>(null);
  const layer = useRef<OutlineLayer | null>(null);
  const picture = useRef<TileLayer | null>(null);
  const [resolution, setResolution] = useState(1);

  useEffect(() => {
    const element = target.current;
    if (!element) return;
    const extent = extentOf({ width, height });
    const view = new View({
      extent: [extent[0] - width / 2, extent[1] - height / 2, extent[2] + width / 2, extent[3] + height / 2],
      minResolution: 1 / MOST_ZOOM,
      maxResolution: Math.max(width, height) / 200,
      constrainOnlyCenter: true,
      showFullExtent: true,
      center: [width / 2, -height / 2],
      resolution: 1,
    });
    const isCalm = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    const made = new OlMap({
      target: element,
      view,
      controls: [],
      interactions: interactions({
        altShiftDragRotate: false,
        pinchRotate: false,
        zoomDuration: isCalm ? 0 : 150,
      }),
    });
    const outlineLayer = new OutlineLayer();
    outlineLayer.setZIndex(10);
    made.addLayer(outlineLayer);
    map.current = made;
    layer.current = outlineLayer;
    showAll(view, element, width, height);
    setResolution(view.getResolution() ?? 1);
    view.on("change:resolution", () => setResolution(view.getResolution() ?? 1));
    made.on("pointermove", (event) => {
      if (event.dragging) return;
      const [x, y] = event.coordinate as [number, number];
      const key = outlineLayer.keyAt(x, -y) ?? null;
      outlineLayer.setHovered(key);
      element.style.cursor = key === null ? "" : "pointer";
    });
    made.on("click", (event) => {
      const [x, y] = event.coordinate as [number, number];
      const pointer = event.originalEvent as PointerEvent;
      latest.current.onSelect(
        outlineLayer.keyAt(x, -y) ?? null,
        pointer.shiftKey || pointer.ctrlKey || pointer.metaKey,
      );
    });
    return () => {
      made.setTarget(undefined);
      made.dispose();
      map.current = null;
      layer.current = null;
      picture.current = null;
    };
  }, [width, height]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: the key stands for what the tiles show
  useEffect(() => {
    const here = map.current;
    if (!here) return;
    const before = picture.current;
    const next = imageLayer({ width, height, tileUrl: (...place) => latest.current.tileUrl(...place) });
    here.getLayers().insertAt(0, next);
    picture.current = next;
    // what was shown stays below until the new tiles are there
    const drop = () => before && here.removeLayer(before);
    here.once("rendercomplete", drop);
    if (before) {
      here.removeLayer(before);
      here.getLayers().insertAt(0, before);
    }
  }, [tilesKey, width, height]);

  useEffect(() => layer.current?.setOutlines(outlines), [outlines]);
  useEffect(() => layer.current?.setLook(look), [look]);
  useEffect(() => layer.current?.setSelected(selected), [selected]);
  useEffect(() => {
    const box = focus === null ? undefined : layer.current?.boxOf(focus);
    const view = map.current?.getView();
    if (!box || !view) return;
    const shown = view.calculateExtent();
    const isOnScreen =
      box[0] >= (shown[0] as number) &&
      box[2] <= (shown[2] as number) &&
      -box[3] >= (shown[1] as number) &&
      -box[1] <= (shown[3] as number);
    if (!isOnScreen) view.animate({ center: [(box[0] + box[2]) / 2, -(box[1] + box[3]) / 2], duration: 200 });
  }, [focus]);

  function zoom(factor: number) {
    const view = map.current?.getView();
    view?.animate({
      resolution: view.getConstrainedResolution((view.getResolution() ?? 1) / factor),
      duration: 120,
    });
  }
  function fitAll() {
    if (map.current && target.current) showAll(map.current.getView(), target.current, width, height);
  }
  function pan(x: number, y: number) {
    const view = map.current?.getView();
    const [cx, cy] = view?.getCenter() ?? [0, 0];
    const step = 80 * (view?.getResolution() ?? 1);
    view?.animate({ center: [(cx as number) + x * step, (cy as number) - y * step], duration: 80 });
  }
  useActions({
    title: "image.view",
    actions: [
      { id: "zoomIn", title: "image.zoomIn", keys: ["+", "="], run: () => zoom(1.5) },
      { id: "zoomOut", title: "image.zoomOut", keys: ["-"], run: () => zoom(1 / 1.5) },
      { id: "fit", title: "image.fit", keys: ["0"], run: fitAll },
      { id: "left", title: "image.panLeft", keys: ["ArrowLeft"], run: () => pan(-1, 0) },
      { id: "right", title: "image.panRight", keys: ["ArrowRight"], run: () => pan(1, 0) },
      { id: "up", title: "image.panUp", keys: ["ArrowUp"], run: () => pan(0, -1) },
      { id: "down", title: "image.panDown", keys: ["ArrowDown"], run: () => pan(0, 1) },
    ],
  });
  const bar = scaleBar((pixelSizeUm ?? 1) * resolution);
  return (
    <Box
      sx={{
        position: "relative",
        flex: 1,
        minHeight: { xs: 300, md: 0 },
        bgcolor: "#20282a",
        overflow: "hidden",
      }}
    >
      <Box
        ref={target}
        role="application"
        aria-label={t("image.canvas", { name: props.name, count: outlines.length })}
        tabIndex={0}
        data-resolution={resolution}
        sx={{ position: "absolute", inset: 0, "&:focus-visible": { outlineOffset: -3 } }}
      />
      <Paper sx={{ position: "absolute", top: 8, left: 8 }}>
        <Stack>
          <Tooltip title={t("image.zoomIn")} placement="right">
            <IconButton onClick={() => zoom(1.5)} aria-label={t("image.zoomIn")}>
              <ZoomInIcon />
            </IconButton>
          </Tooltip>
          <Tooltip title={t("image.zoomOut")} placement="right">
            <IconButton onClick={() => zoom(1 / 1.5)} aria-label={t("image.zoomOut")}>
              <ZoomOutIcon />
            </IconButton>
          </Tooltip>
          <Tooltip title={t("image.fit")} placement="right">
            <IconButton onClick={fitAll} aria-label={t("image.fit")}>
              <FitIcon />
            </IconButton>
          </Tooltip>
        </Stack>
      </Paper>
      <Box
        sx={{
          position: "absolute",
          bottom: 10,
          left: 12,
          color: "#ffffff",
          bgcolor: "rgba(0, 0, 0, 0.65)",
          px: 1,
          py: 0.5,
          borderRadius: 1,
          pointerEvents: "none",
        }}
      >
        <Typography variant="caption" component="div" sx={{ lineHeight: 1.2 }}>
          {formatNumber(bar.length)} {pixelSizeUm ? "µm" : "px"} · {formatNumber(100 / resolution, 3)} %
        </Typography>
        <Box sx={{ height: 4, bgcolor: "#ffffff", mt: 0.25 }} style={{ width: bar.widthPx }} />
      </Box>
    </Box>
  );
}

function showAll(view: View, element: HTMLElement, width: number, height: number): void {
  const size: [number, number] = [Math.max(1, element.clientWidth), Math.max(1, element.clientHeight)];
  view.fit(extentOf({ width, height }), { size, padding: [16, 16, 16, 16] });
}
