import Box from "@mui/material/Box";
import Dialog from "@mui/material/Dialog";
import DialogContent from "@mui/material/DialogContent";
import DialogTitle from "@mui/material/DialogTitle";
import Typography from "@mui/material/Typography";
import { useText } from "../i18n/useText";
import { useStore } from "../store/store";
import { type ActionGroup, actionGroups, readable } from "../ui/actions";

/** All keys that do something here, made from the actions themselves. */
export default function ShortcutsSheet({ onClose }: { onClose: () => void }) {
  const t = useText();
  const groups = useStore(actionGroups);
  return (
    <Dialog open onClose={onClose} fullWidth maxWidth="sm" aria-labelledby="shortcuts-title">
      <DialogTitle id="shortcuts-title">{t("shortcuts.title")}</DialogTitle>
      <DialogContent tabIndex={0}>
        {groups.filter(hasKeys).map((group) => (
          <Box key={group.title} component="section" sx={{ mb: 2 }}>
            <Typography variant="h3" component="h3" sx={{ mb: 1 }}>
              {t(group.title)}
            </Typography>
            <Box
              component="dl"
              sx={{
                display: "grid",
                // an action with four keys does not push the names of all others away
                gridTemplateColumns: { xs: "fit-content(130px) 1fr", sm: "fit-content(220px) 1fr" },
                columnGap: 2,
                rowGap: 0.75,
                m: 0,
              }}
            >
              {group.actions
                .filter((action) => action.keys.length > 0)
                .map((action) => (
                  <Box key={action.id} sx={{ display: "contents" }}>
                    <Box component="dt">
                      {action.keys.map((chord) => (
                        <Key key={chord} chord={chord} />
                      ))}
                    </Box>
                    <Typography component="dd" sx={{ m: 0 }}>
                      {t(action.title)}
                    </Typography>
                  </Box>
                ))}
            </Box>
          </Box>
        ))}
      </DialogContent>
    </Dialog>
  );
}

/** A heading without anything below it says nothing. */
function hasKeys(group: ActionGroup): boolean {
  return group.actions.some((action) => action.keys.length > 0);
}

function Key({ chord }: { chord: string }) {
  return (
    <Box
      component="kbd"
      sx={{
        display: "inline-block",
        border: 1,
        borderColor: "divider",
        borderRadius: 1,
        px: 0.75,
        py: 0.25,
        mr: 0.5,
        fontSize: 13,
        bgcolor: "action.hover",
      }}
    >
      {readable(chord)}
    </Box>
  );
}
