import Box from "@mui/material/Box";
import ButtonBase from "@mui/material/ButtonBase";
import Dialog from "@mui/material/Dialog";
import TextField from "@mui/material/TextField";
import Typography from "@mui/material/Typography";
import { useState } from "react";
import { useText } from "../../i18n/useText";
import { readable } from "../../ui/actions";
import type { EditorAction } from "../actions/action";
import { ActionIcon } from "../Toolbar";

/** Any action by its name. */
export function Palette({ actions, onClose }: { actions: readonly EditorAction[]; onClose: () => void }) {
  const t = useText();
  const [search, setSearch] = useState("");
  const [place, setPlace] = useState(0);
  const words = search.toLocaleLowerCase().split(/\s+/);
  const found = actions.filter(
    (each) =>
      (each.isEnabled?.() ?? true) && words.every((word) => t(each.title).toLocaleLowerCase().includes(word)),
  );
  const here = Math.min(place, found.length - 1);
  function choose(action: EditorAction | undefined) {
    onClose();
    // the dialog is gone before what it opens takes the focus
    if (action) setTimeout(() => action.run(action.keys[0]), 0);
  }
  return (
    <Dialog open onClose={onClose} fullWidth maxWidth="xs" aria-labelledby="palette-search-label">
      <Box sx={{ p: 1.5 }}>
        <TextField
          autoFocus
          id="palette-search"
          label={t("editor.palette")}
          value={search}
          onChange={(event) => {
            setSearch(event.target.value);
            setPlace(0);
          }}
          slotProps={{
            htmlInput: {
              role: "combobox",
              "aria-expanded": true,
              "aria-controls": "palette",
              "aria-activedescendant": `palette-${found[here]?.id}`,
            },
          }}
          onKeyDown={(event) => {
            if (event.key === "ArrowDown") setPlace(Math.min(found.length - 1, here + 1));
            else if (event.key === "ArrowUp") setPlace(Math.max(0, here - 1));
            else if (event.key === "Enter") choose(found[here]);
            else return;
            event.preventDefault();
          }}
        />
        <Box
          id="palette"
          role="listbox"
          aria-label={t("editor.palette")}
          sx={{ mt: 1, maxHeight: 360, overflowY: "auto" }}
        >
          {found.map((each, i) => (
            <ButtonBase
              key={each.id}
              id={`palette-${each.id}`}
              role="option"
              tabIndex={-1}
              aria-selected={i === here}
              onClick={() => choose(each)}
              sx={{
                display: "flex",
                width: "100%",
                gap: 1.5,
                px: 1,
                py: 0.75,
                borderRadius: 1,
                bgcolor: i === here ? "action.selected" : undefined,
              }}
            >
              <ActionIcon d={each.icon} />
              <Typography variant="body2" sx={{ flex: 1, textAlign: "left" }}>
                {t(each.title)}
              </Typography>
              {each.keys[0] && (
                <Typography variant="caption" color="textSecondary">
                  {readable(each.keys[0])}
                </Typography>
              )}
            </ButtonBase>
          ))}
        </Box>
      </Box>
    </Dialog>
  );
}
