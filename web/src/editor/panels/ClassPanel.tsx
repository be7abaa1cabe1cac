import Button from "@mui/material/Button";
import Chip from "@mui/material/Chip";
import Stack from "@mui/material/Stack";
import TextField from "@mui/material/TextField";
import { useState } from "react";
import { classTitle } from "../../i18n/givenNames";
import { useText } from "../../i18n/useText";
import { useStore } from "../../store/store";
import type { EditorController } from "../controller";
import type { EditorDocument } from "../document";
import { free } from "../tools/shapes";
import { Panel } from "./Panel";

const CLASSES = ["object", "spheroid", "core", "cell", "nucleus", "organoid", "cyst", "debris"];
const VALID = /^[a-z][a-z0-9_]{0,39}$/;
/** The service takes so many changes in one step. */
const MOST_AT_ONCE = 2000;

/** The classes that are offered: the usual ones and those that the image has. */
export function classesOf(document: EditorDocument): string[] {
  return [...new Set([...CLASSES, ...[...document.values()].map((each) => each.className)])];
}

/** Gives the chosen objects a class. */
export function ClassPanel({
  controller,
  document,
  onClose,
}: {
  controller: EditorController;
  document: EditorDocument;
  onClose: () => void;
}) {
  const t = useText();
  const selected = useStore(controller.selected);
  const [own, setOwn] = useState("");
  const now = new Set([...selected].map((number) => document.get(number)?.className));
  function give(className: string) {
    const view = controller.view();
    if (!view) return;
    const changes = free(selected, view)
      .filter((each) => each.className !== className)
      .map((before) => ({ number: before.number, before, after: { ...before, className } }));
    for (let i = 0; i < changes.length; i += MOST_AT_ONCE)
      controller.perform("class", changes.slice(i, i + MOST_AT_ONCE));
    controller.options.set((options) => ({ ...options, className }));
    onClose();
  }
  return (
    <Panel title={t("editor.panel_class")} onClose={onClose}>
      <Stack direction="row" useFlexGap sx={{ flexWrap: "wrap", gap: 0.75 }}>
        {classesOf(document).map((each) => (
          <Chip
            key={each}
            label={classTitle(each)}
            clickable
            color={now.size === 1 && now.has(each) ? "primary" : "default"}
            onClick={() => give(each)}
          />
        ))}
      </Stack>
      <Stack
        component="form"
        spacing={1}
        sx={{ mt: 1.5 }}
        onSubmit={(event) => {
          event.preventDefault();
          if (VALID.test(own)) give(own);
        }}
      >
        <TextField
          label={t("editor.otherClass")}
          value={own}
          error={own !== "" && !VALID.test(own)}
          helperText={own !== "" && !VALID.test(own) ? t("editor.classRule") : undefined}
          onChange={(event) => setOwn(event.target.value)}
        />
        <Button type="submit" variant="outlined" disabled={!VALID.test(own)}>
          {t("editor.apply", { count: selected.size })}
        </Button>
      </Stack>
    </Panel>
  );
}
