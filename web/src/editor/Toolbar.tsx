import Box from "@mui/material/Box";
import ButtonBase from "@mui/material/ButtonBase";
import Divider from "@mui/material/Divider";
import SvgIcon from "@mui/material/SvgIcon";
import Tooltip from "@mui/material/Tooltip";
import { Fragment } from "react";
import { useText } from "../i18n/useText";
import { readable } from "../ui/actions";
import type { EditorAction } from "./actions/action";

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

const PLACES = ["tool", "step", "object", "view"] as const;

/** All actions as buttons: a column beside the picture, a row that scrolls below it on a phone. */
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
        flexWrap: { md: "wrap" },
        alignContent: { md: "flex-start" },
        alignItems: "center",
        gap: 0.25,
        p: 0.5,
        overflowX: { xs: "auto", md: "visible" },
        flexShrink: 0,
        maxHeight: { md: "100%" },
        bgcolor: "background.paper",
        borderRight: { md: 1 },
        borderBottom: { xs: 1, md: 0 },
        borderColor: { xs: "divider", md: "divider" },
      }}
    >
      {PLACES.map((place, i) => (
        <Fragment key={place}>
          {i > 0 && <Divider flexItem sx={{ my: { md: 0.25 }, mx: { xs: 0.25, md: 0 } }} aria-hidden />}
          {shown
            .filter((each) => each.place === place)
            .map((each) => (
              <ToolButton key={each.id} action={each} />
            ))}
        </Fragment>
      ))}
    </Box>
  );
}

function ToolButton({ action }: { action: EditorAction }) {
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
            borderRadius: 1,
            opacity: isEnabled ? 1 : 0.35,
            bgcolor: isPressed ? "primary.main" : undefined,
            color: isPressed ? "primary.contrastText" : "text.primary",
            "&:hover": { bgcolor: isPressed ? "primary.main" : "action.hover" },
          }}
        >
          <ActionIcon d={action.icon} />
        </ButtonBase>
      </span>
    </Tooltip>
  );
}
