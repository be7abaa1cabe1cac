import Box from "@mui/material/Box";
import Breadcrumbs from "@mui/material/Breadcrumbs";
import Link from "@mui/material/Link";
import Slider from "@mui/material/Slider";
import Stack from "@mui/material/Stack";
import Tab from "@mui/material/Tab";
import Tabs from "@mui/material/Tabs";
import Typography from "@mui/material/Typography";
import { lazy, Suspense, useEffect, useMemo, useState } from "react";
import { Link as RouterLink, useParams, useSearchParams } from "react-router";
import type { DrawnOutline, OutlineLook } from "../editor/layers/outlines";
import { useTopic } from "../events/useTopic";
import { useText } from "../i18n/useText";
import { useProject } from "../projects/queries";
import { isActive, useOutlines, useResults } from "../segmentation/queries";
import { EmptyState } from "../ui/EmptyState";
import { AlertIcon } from "../ui/icons";
import { PageSkeleton } from "../ui/PageSkeleton";
import { ProblemAlert } from "../ui/ProblemAlert";
import { COLOUR_BY, type ColourBy, colourOf } from "./colours";
import { DisplayPanel } from "./DisplayPanel";
import { type ChannelDisplay, defaultDisplay, tileUrl } from "./display";
import { ImageView } from "./ImageView";
import { InfoPanel } from "./InfoPanel";
import { ObjectsPanel } from "./ObjectsPanel";
import { type ImageDetail, useFrames, useImage } from "./queries";
import { VersionsPanel } from "./VersionsPanel";

const RunButton = lazy(() => import("../segmentation/RunButton"));
const PANELS = ["objects", "display", "versions", "info"] as const;
type Panel = (typeof PANELS)[number];

export default function ImagePage() {
  const t = useText();
  const { projectId = "", imageId = "" } = useParams();
  const project = useProject(projectId);
  const image = useImage(imageId);
  useTopic(`project:${projectId}`);
  const name = image.data?.name;
  useEffect(() => {
    if (name) document.title = `${name} · SpheroSeg`;
  }, [name]);
  if (image.isPending || project.isPending) return <PageSkeleton />;
  if (image.isError) {
    return (
      <Box sx={{ p: 3 }}>
        <ProblemAlert error={image.error} onRetry={() => image.refetch()} />
      </Box>
    );
  }
  return (
    <Box
      sx={{
        flex: { xs: 1, md: "none" },
        display: "flex",
        flexDirection: "column",
        height: { md: "calc(100dvh - 53px)" },
        minHeight: 0,
      }}
    >
      <Stack
        direction="row"
        useFlexGap
        sx={{
          px: 2,
          py: 1,
          gap: 2,
          flexWrap: "wrap",
          alignItems: "center",
          bgcolor: "background.paper",
          borderBottom: 1,
          borderColor: "divider",
        }}
      >
        <Breadcrumbs aria-label={t("projects.trail")} sx={{ mr: "auto" }}>
          <Link component={RouterLink} to="/projects">
            {t("projects.title")}
          </Link>
          <Link component={RouterLink} to={`/projects/${projectId}`}>
            {project.data?.name ?? "…"}
          </Link>
          <Typography component="h1" sx={{ fontWeight: 600, overflowWrap: "anywhere" }}>
            {image.data.name}
          </Typography>
        </Breadcrumbs>
        {project.data && project.data.role !== "viewer" && image.data.state === "ready" && (
          <Suspense>
            <RunButton project={project.data} imageId={imageId} />
          </Suspense>
        )}
      </Stack>
      {image.data.state === "ready" ? (
        <Viewer
          key={imageId}
          image={image.data}
          canEdit={project.data !== undefined && project.data.role !== "viewer"}
        />
      ) : (
        <Box sx={{ p: 3 }}>
          <EmptyState
            icon={<AlertIcon />}
            title={t(image.data.state === "failed" ? "images.state_unreadable" : "images.state_processing")}
          >
            {image.data.failure_reason}
          </EmptyState>
        </Box>
      )}
    </Box>
  );
}

function Viewer({ image, canEdit }: { image: ImageDetail; canEdit: boolean }) {
  const t = useText();
  const [params, setParams] = useSearchParams();
  const frame = Math.min(image.n_frames - 1, Number(params.get("frame") ?? 0) || 0);
  const wanted = Number(params.get("object")) || null;
  const [z, setZ] = useState(Math.floor(image.n_slices / 2));
  const [display, setDisplay] = useState<ChannelDisplay[]>(() => defaultDisplay(image));
  const [look, setLook] = useState<OutlineLook>({ fillOpacity: 0, lineWidth: 2, showLabels: true });
  const [colourBy, setColourBy] = useState<ColourBy>(COLOUR_BY[0]);
  const [threshold, setThreshold] = useState<number | null>(null);
  const [selected, setSelected] = useState<ReadonlySet<number>>(() => new Set(wanted ? [wanted] : []));
  const [compareId, setCompareId] = useState<string | null>(null);
  const [panel, setPanel] = useState<Panel>("objects");
  const frames = useFrames(image.id);
  const results = useResults(image.id, frame);
  const resultId = frames.data?.find((each) => each.frame === frame)?.result_id ?? null;
  const outlines = useOutlines(resultId, threshold);
  const compared = useOutlines(compareId);
  const pixelSize = image.pixel_size_x_um;
  const drawn = useMemo((): DrawnOutline[] => {
    const own = (resultId ? outlines.data?.objects : undefined) ?? [];
    const other = compareId ? (compared.data?.objects ?? []) : [];
    return [
      ...own.map((each) => ({
        key: each.number,
        outline: each.outline,
        colour: colourOf(each, colourBy),
        label: String(each.number),
      })),
      // the other version lies below with keys that no object has
      ...other.map((each) => ({ key: -each.number, outline: each.outline, colour: "#ff5cc8" })),
    ];
  }, [outlines.data, resultId, compareId, compared.data, colourBy]);
  const tilesKey = JSON.stringify([display, frame, z]);
  function select(number: number | null, isAdding: boolean) {
    if (number === null || number < 0) setSelected(new Set());
    else if (isAdding)
      setSelected((now) =>
        now.has(number) ? new Set([...now].filter((each) => each !== number)) : new Set([...now, number]),
      );
    else setSelected(new Set([number]));
  }
  const focus = selected.size === 1 ? ([...selected][0] ?? null) : null;
  const running = results.data?.find(isActive);
  return (
    <Box sx={{ flex: 1, display: "flex", flexDirection: { xs: "column", md: "row" }, minHeight: 0 }}>
      <Box
        sx={{
          flex: 1,
          display: "flex",
          flexDirection: "column",
          minWidth: 0,
          minHeight: { xs: "55dvh", md: 0 },
        }}
      >
        <ImageView
          name={image.name}
          width={image.width ?? 1}
          height={image.height ?? 1}
          pixelSizeUm={pixelSize}
          tilesKey={tilesKey}
          tileUrl={(...place) => tileUrl(image.id, display, frame, z, place)}
          outlines={drawn}
          look={look}
          selected={selected}
          focus={focus}
          onSelect={select}
        />
        {(image.n_frames > 1 || image.n_slices > 1) && (
          <Stack
            direction="row"
            spacing={3}
            sx={{ px: 2, py: 0.5, bgcolor: "background.paper", borderTop: 1, borderColor: "divider" }}
          >
            {image.n_frames > 1 && (
              <Step
                label={t("image.frame")}
                value={frame}
                count={image.n_frames}
                onChange={(value) => {
                  setParams({ frame: String(value) }, { replace: true });
                  setSelected(new Set());
                }}
              />
            )}
            {image.n_slices > 1 && (
              <Step label={t("image.slice")} value={z} count={image.n_slices} onChange={setZ} />
            )}
          </Stack>
        )}
      </Box>
      <Box
        component="aside"
        aria-label={t("image.panels")}
        sx={{
          width: { xs: "100%", md: 420 },
          borderLeft: { md: 1 },
          borderColor: { md: "divider" },
          bgcolor: "background.paper",
          display: "flex",
          flexDirection: "column",
          minHeight: 0,
        }}
      >
        <Tabs
          value={panel}
          onChange={(_event, next: Panel) => setPanel(next)}
          variant="fullWidth"
          aria-label={t("image.panels")}
        >
          {PANELS.map((each) => (
            <Tab
              key={each}
              value={each}
              label={t(`image.panel_${each}`)}
              id={`tab-${each}`}
              aria-controls={`panel-${each}`}
              sx={{ minWidth: 0 }}
            />
          ))}
        </Tabs>
        <Box
          role="tabpanel"
          id={`panel-${panel}`}
          aria-labelledby={`tab-${panel}`}
          sx={{ flex: 1, minHeight: 0, overflowY: "auto", display: "flex", flexDirection: "column" }}
        >
          {panel === "objects" && (
            <ObjectsPanel
              resultId={resultId}
              isRunning={running !== undefined}
              failure={results.data?.[0]?.state === "failed" ? results.data[0].error_reason : null}
              isPreview={threshold !== null}
              nShown={drawn.length}
              selected={selected}
              onSelect={select}
            />
          )}
          {panel === "display" && (
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
              thresholdError={threshold === null ? null : outlines.error}
            />
          )}
          {panel === "versions" && (
            <VersionsPanel
              image={image}
              frame={frame}
              resultId={resultId}
              canEdit={canEdit}
              compareId={compareId}
              onCompare={setCompareId}
            />
          )}
          {panel === "info" && <InfoPanel key={image.version} image={image} canEdit={canEdit} />}
        </Box>
      </Box>
    </Box>
  );
}

function Step({
  label,
  value,
  count,
  onChange,
}: {
  label: string;
  value: number;
  count: number;
  onChange: (value: number) => void;
}) {
  return (
    <Stack direction="row" spacing={1.5} sx={{ alignItems: "center", flex: 1, minWidth: 120 }}>
      <Typography variant="body2" noWrap>
        {label} {value + 1}/{count}
      </Typography>
      <Slider
        size="small"
        aria-label={label}
        value={value}
        min={0}
        max={count - 1}
        step={1}
        onChange={(_event, next) => onChange(next as number)}
      />
    </Stack>
  );
}
