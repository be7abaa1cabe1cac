import Box from "@mui/material/Box";
import ButtonBase from "@mui/material/ButtonBase";
import SvgIcon from "@mui/material/SvgIcon";
import Tooltip from "@mui/material/Tooltip";
import Typography from "@mui/material/Typography";
import { useText } from "../i18n/useText";
import { readable } from "../ui/actions";
import { type EditorAction, PLACES } from "./actions/action";

/** Where there is room for the names of tools beside picture and panels. */
const WIDE = "@media (min-width: 1400px)";

export function ActionIcon({ d }: { d: string }) {
  return (
    <SvgIcon fontSize="small">
      <path
        d={d}
        fill="none"
        stroke="currentColor"
        strokeWidth="2"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
    </SvgIcon>
  );
}

/** All actions as buttons in named groups: a column beside the picture, a row that scrolls below it on a phone. */
export function Toolbar({ actions }: { actions: readonly EditorAction[] }) {
  const t = useText();
  const shown = actions.filter((each) => !each.isQuiet);
  return (
    <Box
      role="toolbar"
      aria-label={t("editor.toolbar")}
      aria-orientation="vertical"
      sx={{
        display: "flex",
        flexDirection: { xs: "row", md: "column" },
        gap: { xs: 1, md: 0.5 },
        p: 0.5,
        width: { md: 84 },
        [WIDE]: { width: 172 },
        overflow: { xs: "auto", md: "hidden auto" },
        scrollbarWidth: "thin",
        flexShrink: 0,
        maxHeight: { md: "100%" },
        bgcolor: "background.paper",
        borderRight: { md: 1 },
        borderBottom: { xs: 1, md: 0 },
        borderColor: { xs: "divider", md: "divider" },
      }}
    >
      {PLACES.map((place) => (
        <Box key={place} role="group" aria-label={t(`editor.${place}`)}>
          <Typography
            aria-hidden
            sx={{
              display: { xs: "none", md: "block" },
              fontSize: 11,
              lineHeight: 1.15,
              color: "text.secondary",
              px: 0.5,
            }}
          >
            {t(`editor.${place}`)}
          </Typography>
          <Box sx={{ display: "flex", flexWrap: { md: "wrap" }, gap: 0.25 }}>
            {shown
              .filter((each) => each.place === place)
              .map((each) => (
                <ToolButton key={each.id} action={each} hasName={PLACES.indexOf(place) < N_TOOL_GROUPS} />
              ))}
          </Box>
        </Box>
      ))}
    </Box>
  );
}

/** Groups of tools; on a wide screen their buttons have names. */
const N_TOOL_GROUPS = PLACES.indexOf("group_step");

function ToolButton({ action, hasName }: { action: EditorAction; hasName: boolean }) {
  const t = useText();
  const isEnabled = action.isEnabled?.() ?? true;
  const isPressed = action.isPressed?.();
  const key = action.keys[0];
  return (
    <Tooltip title={`${t(action.title)}${key ? ` (${readable(key)})` : ""}`} placement="right">
      <span>
        <ButtonBase
          disabled={!isEnabled}
          aria-label={t(action.title)}
          aria-pressed={isPressed}
          aria-keyshortcuts={key?.replace("Mod", "Control")}
          data-action={action.id}
          onClick={() => action.run()}
          sx={{
            width: 34,
            height: 34,
            justifyContent: "center",
            gap: 1,
            [WIDE]: hasName ? { width: 160, height: 30, justifyContent: "flex-start", px: 0.75 } : {},
            borderRadius: 1,
            opacity: isEnabled ? 1 : 0.35,
            bgcolor: isPressed ? "primary.main" : undefined,
            color: isPressed ? "primary.contrastText" : "text.primary",
            "&:hover": { bgcolor: isPressed ? "primary.main" : "action.hover" },
          }}
        >
          <ActionIcon d={action.icon} />
          {hasName && (
            <Typography
              component="span"
              noWrap
              sx={{ display: "none", [WIDE]: { display: "block" }, fontSize: 13 }}
            >
              {t(action.title)}
            </Typography>
          )}
        </ButtonBase>
      </span>
    </Tooltip>
  );
}
