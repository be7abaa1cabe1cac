import Box from "@mui/material/Box";
import IconButton from "@mui/material/IconButton";
import Stack from "@mui/material/Stack";
import Tooltip from "@mui/material/Tooltip";
import { type ReactNode, useEffect, useRef } from "react";
import { useText } from "../i18n/useText";
import { useActions } from "../ui/actions";
import { FloatingPaper } from "../ui/FloatingPaper";
import { FitIcon, ZoomInIcon, ZoomOutIcon } from "../ui/icons";
import type { DrawnOutline, OutlineLook } from "./layers/outlines";
import { nLevels, TILE_PX } from "./layers/tiles";
import { Minimap } from "./Minimap";
import { ScaleBar } from "./ScaleBar";
import { bringIntoView, type MapParts, showAll, useMap } from "./useMap";

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
  onSelect?: (key: number | null, isAdding: boolean) => void;
  /** Hands over the map to who works on it; returns how to let go. Clicks are then theirs. */
  attach?: (parts: MapParts) => () => void;
  /** Laid over the picture. */
  children?: ReactNode;
}

/** The image with its outlines: pan, zoom, click. */
export function ImageView(props: Props) {
  const t = useText();
  const { width, height, tilesKey, outlines, look, selected, focus, attach } = props;
  const latest = useRef(props);
  latest.current = props;
  const target = useRef<HTMLDivElement>(null);
  const parts = useMap(target, {
    width,
    height,
    tilesKey,
    tileUrl: (...place) => latest.current.tileUrl(...place),
  });

  useEffect(() => parts?.outlines.setOutlines(outlines), [parts, outlines]);
  useEffect(() => parts?.outlines.setLook(look), [parts, look]);
  useEffect(() => parts?.outlines.setSelected(selected), [parts, selected]);
  useEffect(() => (parts ? attach?.(parts) : undefined), [parts, attach]);
  useEffect(() => {
    const box = focus === null ? undefined : parts?.outlines.boxOf(focus);
    if (parts && box) bringIntoView(parts.map, box);
  }, [parts, focus]);
  useEffect(() => {
    if (!parts || attach) return;
    const click = (event: {
      coordinate: number[];
      originalEvent: PointerEvent | KeyboardEvent | WheelEvent;
    }) => {
      const [x, y] = event.coordinate as [number, number];
      const { shiftKey, ctrlKey, metaKey } = event.originalEvent;
      latest.current.onSelect?.(parts.outlines.keyAt(x, -y) ?? null, shiftKey || ctrlKey || metaKey);
    };
    parts.map.on("click", click);
    return () => parts.map.un("click", click);
  }, [parts, attach]);

  function zoom(factor: number) {
    const view = parts?.map.getView();
    view?.animate({
      resolution: view.getConstrainedResolution((view.getResolution() ?? 1) / factor),
      duration: 120,
    });
  }
  const fitAll = () => parts && showAll(parts.map, width, height);
  function pan(x: number, y: number) {
    const view = parts?.map.getView();
    const [cx, cy] = view?.getCenter() ?? [0, 0];
    const step = 80 * (view?.getResolution() ?? 1);
    view?.animate({ center: [(cx as number) + x * step, (cy as number) - y * step], duration: 80 });
  }
  useActions({
    title: "image.view",
    actions: [
      { id: "zoomIn", title: "image.zoomIn", keys: ["+", "="], run: () => zoom(1.5) },
      { id: "zoomOut", title: "image.zoomOut", keys: ["-"], run: () => zoom(1 / 1.5) },
      { id: "fit", title: "image.fit", keys: ["0"], run: () => void fitAll() },
      { id: "pixels", title: "image.pixels", keys: ["1"], run: () => parts?.map.getView().setResolution(1) },
      { id: "left", title: "image.panLeft", keys: ["ArrowLeft"], run: () => pan(-1, 0) },
      { id: "right", title: "image.panRight", keys: ["ArrowRight"], run: () => pan(1, 0) },
      { id: "up", title: "image.panUp", keys: ["ArrowUp"], run: () => pan(0, -1) },
      { id: "down", title: "image.panDown", keys: ["ArrowDown"], run: () => pan(0, 1) },
    ],
  });
  return (
    <Box
      sx={{
        position: "relative",
        flex: 1,
        minWidth: 0,
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
        data-testid="picture"
        sx={{ position: "absolute", inset: 0, touchAction: "none", "&:focus-visible": { outlineOffset: -3 } }}
      />
      <FloatingPaper elevation={1} sx={{ top: 8, right: 8, zIndex: "auto" }}>
        <Stack>
          <Tooltip title={`${t("image.zoomIn")} (+)`} placement="left">
            <IconButton onClick={() => zoom(1.5)} aria-label={t("image.zoomIn")}>
              <ZoomInIcon />
            </IconButton>
          </Tooltip>
          <Tooltip title={`${t("image.zoomOut")} (-)`} placement="left">
            <IconButton onClick={() => zoom(1 / 1.5)} aria-label={t("image.zoomOut")}>
              <ZoomOutIcon />
            </IconButton>
          </Tooltip>
          <Tooltip title={`${t("image.fit")} (0)`} placement="left">
            <IconButton onClick={() => void fitAll()} aria-label={t("image.fit")}>
              <FitIcon />
            </IconButton>
          </Tooltip>
        </Stack>
      </FloatingPaper>
      {parts && <ScaleBar map={parts.map} pixelSizeUm={props.pixelSizeUm} />}
      {parts && Math.max(width, height) > TILE_PX / 2 && (
        <Minimap
          map={parts.map}
          width={width}
          height={height}
          src={props.tileUrl(nLevels({ width, height }) - 1, 0, 0)}
        />
      )}
      {props.children}
    </Box>
  );
}
