import Button from "@mui/material/Button";
import Checkbox from "@mui/material/Checkbox";
import FormControlLabel from "@mui/material/FormControlLabel";
import MenuItem from "@mui/material/MenuItem";
import Slider from "@mui/material/Slider";
import Stack from "@mui/material/Stack";
import TextField from "@mui/material/TextField";
import Typography from "@mui/material/Typography";
import type { ReactNode } from "react";
import { classTitle } from "../../i18n/givenNames";
import { formatNumber } from "../../i18n/numbers";
import { useText } from "../../i18n/useText";
import { useStore } from "../../store/store";
import type { EditorController } from "../controller";
import type { EditorDocument } from "../document";
import type { ToolId } from "../tools";
import type { SelectShape, ToolOptions } from "../tools/tool";
import { classesOf } from "./ClassPanel";

const DRAWS: readonly ToolId[] = ["draw", "magnetic", "brush", "smart"];
const LINES: readonly ToolId[] = ["draw", "magnetic", "split", "reshape", "hole"];
const SHAPES: readonly SelectShape[] = ["click", "box", "lasso"];

/** What the tool in use does, and what can be set about it. */
export function ToolOptionsBar({
  controller,
  document,
  children,
}: {
  controller: EditorController;
  document: EditorDocument;
  children?: ReactNode;
}) {
  const t = useText();
  const tool = useStore(controller.tool);
  const options = useStore(controller.options);
  const set = (part: Partial<ToolOptions>) => controller.options.set((now) => ({ ...now, ...part }));
  return (
    <Stack
      direction="row"
      useFlexGap
      role="group"
      aria-label={t(`editor.tool_${tool}`)}
      sx={{
        columnGap: 1.5,
        px: 1.5,
        // one height whatever the tool: a bar that grows would push the picture away from under the pointer
        flexWrap: { xs: "wrap", md: "nowrap" },
        alignItems: "center",
        flexShrink: 0,
        height: { xs: 104, md: 54 },
        overflowX: { md: "auto" },
        "& > *": { flexShrink: 0 },
        bgcolor: "background.paper",
        borderBottom: 1,
        borderColor: "divider",
      }}
    >
      <Typography
        variant="body2"
        title={t(`editor.hint_${tool}`)}
        sx={{
          // where there is little room a tool's choices come before what it does, which its button says too
          flex: { xs: "1 1 0 !important", md: "1 1 0 !important", lg: "1 1 220px !important" },
          minWidth: { xs: 0, lg: 160 },
          // two lines; what is cut ends in "…", and the title has all of it
          display: "-webkit-box",
          WebkitLineClamp: 2,
          WebkitBoxOrient: "vertical",
          overflow: "hidden",
        }}
      >
        <strong>{t(`editor.tool_${tool}`)}</strong> · {t(`editor.hint_${tool}`)}
      </Typography>
      <Stack
        direction="row"
        useFlexGap
        sx={{
          gap: 1.5,
          alignItems: "center",
          // on a phone a row of its own, which is there for tools without choices too
          order: { xs: 1, md: 0 },
          width: { xs: "100%", md: "auto" },
          height: { xs: 56, md: 48 },
          pt: { xs: 1, md: 0 }, // names of fields stand above their frames
          overflowX: { xs: "auto", md: "visible" },
          "& > *": { flexShrink: 0 },
        }}
      >
        {tool === "select" && (
          <TextField
            select
            label={t("editor.selectBy")}
            value={options.selectShape}
            onChange={(event) => set({ selectShape: event.target.value as SelectShape })}
            sx={{ width: 190 }}
          >
            {SHAPES.map((each) => (
              <MenuItem key={each} value={each}>
                {t(`editor.select_${each}`)}
              </MenuItem>
            ))}
          </TextField>
        )}
        {(tool === "brush" || tool === "eraser") && (
          <Stack
            direction="row"
            spacing={1.5}
            sx={{ alignItems: "center", width: { xs: 210, md: 160, lg: 210 } }}
          >
            <Typography variant="body2" noWrap sx={{ minWidth: 56 }}>
              {formatNumber(options.brushPx)} px
            </Typography>
            <Slider
              size="small"
              aria-label={t("editor.brushSize")}
              value={Math.log2(options.brushPx)}
              min={0}
              max={8}
              step={0.1}
              onChange={(_event, value) => set({ brushPx: Math.round(2 ** (value as number) * 2) / 2 })}
            />
          </Stack>
        )}
        {DRAWS.includes(tool) && (
          <>
            <TextField
              select
              label={t("image.class")}
              value={options.className}
              onChange={(event) => set({ className: event.target.value })}
              sx={{ width: 130 }}
            >
              {[...new Set([...classesOf(document), options.className])].map((each) => (
                <MenuItem key={each} value={each}>
                  {classTitle(each)}
                </MenuItem>
              ))}
            </TextField>
            <FormControlLabel
              control={
                <Checkbox
                  size="small"
                  checked={options.isApart}
                  onChange={(event) => set({ isApart: event.target.checked })}
                />
              }
              label={<Typography variant="body2">{t("editor.keepApart")}</Typography>}
            />
          </>
        )}
        {LINES.includes(tool) && (
          <>
            <Button size="small" onClick={() => controller.press("enter")}>
              {t("editor.finish")}
            </Button>
            <Button size="small" onClick={() => controller.press("escape")}>
              {t("editor.cancel")}
            </Button>
          </>
        )}
      </Stack>
      <Stack
        direction="row"
        useFlexGap
        sx={{
          gap: 1.5,
          alignItems: "center",
          ml: "auto",
          pl: 0.5,
          // whether all is saved is seen also where the tool's choices are wider than the bar
          position: { md: "sticky" },
          right: { md: -12 },
          pr: { md: 1.5 },
          alignSelf: { md: "stretch" },
          bgcolor: "background.paper",
          zIndex: 1,
        }}
      >
        {children}
      </Stack>
    </Stack>
  );
}
