import Box from "@mui/material/Box";
import Button from "@mui/material/Button";
import Card from "@mui/material/Card";
import Collapse from "@mui/material/Collapse";
import LinearProgress from "@mui/material/LinearProgress";
import Stack from "@mui/material/Stack";
import Typography from "@mui/material/Typography";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useRef, useState } from "react";
import { useSummary } from "../api/projects";
import { useText } from "../i18n/useText";
import { useStore } from "../store/store";
import { formatBytes } from "../ui/format";
import { AwaitedRun } from "./AwaitedRun";
import { type UploadItem, uploads } from "./uploadList";
import {
  clearUploads,
  continueUploads,
  pauseUploads,
  resumePending,
  retryFailed,
  uploadsArePaused,
} from "./uploads";

let hasResumed = false;

/** How far the uploads of a project are; nothing when there are none. */
export function UploadPanel({ projectId }: { projectId: string }) {
  const t = useText();
  const all = useStore(uploads);
  const summary = useSummary(projectId);
  const nUnsegmented = summary.data?.by_segmentation_state.none ?? 0;
  const [wasOpened, setOpen] = useState<boolean | null>(null);
  useEffect(() => {
    if (hasResumed) return;
    hasResumed = true;
    void resumePending();
  }, []);
  const items = [...all.values()].filter((each) => each.projectId === projectId);
  const isActive = items.some(
    (each) => each.state === "sending" || each.state === "waiting" || each.state === "paused",
  );
  useEffect(() => {
    if (!isActive) return;
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener("beforeunload", warn);
    return () => window.removeEventListener("beforeunload", warn);
  }, [isActive]);
  if (items.length === 0) return <AwaitedRun projectId={projectId} hasFiles={false} />;
  const count = (state: UploadItem["state"]) => items.filter((each) => each.state === state).length;
  const total = items.reduce((sum, each) => sum + each.size, 0);
  const sent = items.reduce(
    (sum, each) => sum + (each.state === "done" ? each.size : Math.min(each.sent, each.size)),
    0,
  );
  const refused = items.filter((each) => each.isRefused).length;
  const [done, failed] = [count("done"), count("failed") - refused];
  const isOpen = wasOpened ?? failed + refused > 0; // why a file was refused is said without asking
  return (
    <Card component="section" aria-label={t("upload.title")} sx={{ p: 1.5, mb: 2 }}>
      <Stack direction="row" useFlexGap sx={{ alignItems: "center", flexWrap: "wrap", gap: 1 }}>
        <Typography role="status" sx={{ mr: "auto" }}>
          {isActive
            ? t("upload.progress", {
                done,
                count: items.length,
                sent: formatBytes(sent),
                total: formatBytes(total),
              })
            : t("upload.finished", { done, count: items.length })}
          {failed > 0 && ` · ${t("upload.failed", { count: failed })}`}
          {refused > 0 && ` · ${t("upload.refused", { count: refused })}`}
        </Typography>
        {isActive &&
          (uploadsArePaused() ? (
            <Button size="small" onClick={continueUploads}>
              {t("upload.continue")}
            </Button>
          ) : (
            <Button size="small" onClick={pauseUploads}>
              {t("upload.pause")}
            </Button>
          ))}
        {failed > 0 && (
          <Button size="small" onClick={retryFailed}>
            {t("upload.retry")}
          </Button>
        )}
        <Button size="small" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
          {t(isOpen ? "upload.hide" : "upload.show")}
        </Button>
        <Button size="small" color="inherit" onClick={() => clearUploads(projectId)}>
          {t(isActive ? "upload.stop" : "app.close")}
        </Button>
      </Stack>
      <LinearProgress
        variant="determinate"
        value={total > 0 ? (100 * sent) / total : 100}
        aria-label={t("upload.title")}
        color={failed + refused > 0 ? "warning" : "primary"}
        sx={{ mt: 1, borderRadius: 1 }}
      />
      <AwaitedRun projectId={projectId} hasFiles={isActive || nUnsegmented > 0} />
      <Collapse in={isOpen} unmountOnExit>
        <FileList items={items} />
      </Collapse>
    </Card>
  );
}

function FileList({ items }: { items: readonly UploadItem[] }) {
  const t = useText();
  const scroller = useRef<HTMLDivElement>(null);
  const rows = useVirtualizer({
    count: items.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => 28,
    overscan: 10,
  });
  return (
    <Box
      ref={scroller}
      tabIndex={0}
      role="list"
      aria-label={t("addFiles.files")}
      sx={{ maxHeight: 240, overflowY: "auto", mt: 1 }}
    >
      <Box sx={{ height: rows.getTotalSize(), position: "relative" }}>
        {rows.getVirtualItems().map((row) => {
          const item = items[row.index];
          return (
            item && (
              <Stack
                key={item.id}
                role="listitem"
                direction="row"
                spacing={1}
                sx={{ position: "absolute", top: row.start, width: "100%", height: 28, alignItems: "center" }}
              >
                <Typography variant="body2" noWrap sx={{ flex: 1 }}>
                  {item.name}
                </Typography>
                <Typography
                  variant="caption"
                  noWrap
                  color={item.state === "failed" ? "error" : "textSecondary"}
                  sx={{ maxWidth: "50%" }}
                >
                  {item.state === "failed"
                    ? item.reason
                    : item.state === "sending"
                      ? `${Math.floor((100 * item.sent) / Math.max(1, item.size))} %`
                      : t(`upload.state_${item.state}`)}
                </Typography>
              </Stack>
            )
          );
        })}
      </Box>
    </Box>
  );
}
