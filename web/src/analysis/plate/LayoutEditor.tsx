import Alert from "@mui/material/Alert";
import Box from "@mui/material/Box";
import Button from "@mui/material/Button";
import Stack from "@mui/material/Stack";
import TextField from "@mui/material/TextField";
import Typography from "@mui/material/Typography";
import { useState } from "react";
import { type Exclusion, type LayoutWell, useKeepLayout, useReadLayout } from "../../api/analysis";
import { spoken } from "../../api/sentences";
import { useText } from "../../i18n/useText";
import { NumberField } from "../../ui/NumberField";
import { ProblemAlert } from "../../ui/ProblemAlert";
import { Choice } from "./Choice";
import type { LayoutDraft } from "./layoutDraft";
import { PlateGrid } from "./PlateGrid";
import { FORMATS, painted, placeOf, plateOf, platesOf, type SeenWell, series } from "./wells";

interface Props {
  projectId: string;
  stored: { exclusions: Exclusion[]; notes: string[] };
  draft: LayoutDraft;
  /** wells that have images */
  seen: readonly SeenWell[];
  mayEdit: boolean;
}

const FIELDS = [
  "compound",
  "dose",
  "dose_unit",
  "cell_line",
  "replicate",
  "treatment_time_h",
  "control",
] as const;
const NUMBERS: ReadonlySet<string> = new Set(["dose", "treatment_time_h"]);
type Brush = Record<(typeof FIELDS)[number], string>;
const NOTHING = Object.fromEntries(FIELDS.map((name) => [name, ""])) as Brush;

/** Says what is in each well: choose wells and paint, fill a dilution series, paste from a spreadsheet; every step can be undone. */
export function LayoutEditor({ projectId, stored, draft, seen, mayEdit }: Props) {
  const t = useText();
  const { wells, change } = draft;
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const [brush, setBrush] = useState<Brush>(NOTHING);
  const [factor, setFactor] = useState("3");
  const [size, setSize] = useState<readonly [number, number]>(
    plateOf([...seen, ...wells].map(({ well }) => well)),
  );
  const keep = useKeepLayout(projectId);
  const read = useReadLayout(projectId);
  const plates = platesOf(wells, seen);
  const [wanted, setPlate] = useState<string>();
  const plate = plates.find((each) => each === wanted) ?? plates[0] ?? "";
  const take = (next: LayoutWell[]) => {
    change(next);
    const [rows, columns] = plateOf([...seen, ...next].map(({ well }) => well));
    setSize([Math.max(rows, size[0]), Math.max(columns, size[1])]);
  };
  const filled = Object.fromEntries(Object.entries(brush).filter(([, value]) => value !== ""));
  const fill = () => {
    // along the columns; down the rows of a single column
    const places = chosen.map(placeOf);
    const along = new Set(places.map((place) => place?.column)).size > 1 ? "column" : "row";
    const lines = [...new Set(places.map((place) => place?.[along] ?? 0))].sort((a, b) => a - b);
    const doses = series(Number(brush.dose), Number(factor), lines.length);
    const doseOf = (i: number) => doses[lines.indexOf(places[i]?.[along] ?? 0)] ?? "";
    change(painted(wells, plate, chosen, (_, i) => ({ ...filled, dose: doseOf(i) })));
  };
  const canFill = chosen.length > 0 && Number(brush.dose) > 0 && Number(factor) > 1;
  return (
    <Stack spacing={2}>
      {(draft.isChanged ? (read.data?.notes ?? []) : stored.notes).map((note) => (
        <Alert key={note} severity="info">
          {spoken(note)}
        </Alert>
      ))}
      {draft.isOvertaken && (
        <Alert
          severity="warning"
          action={
            <>
              <Button onClick={draft.takeStored}>{t("plate.takeStored")}</Button>
              <Button onClick={draft.keepOwn}>{t("plate.keepOwn")}</Button>
            </>
          }
        >
          {t("plate.overtaken")}
        </Alert>
      )}
      {(keep.isError || read.isError) && <ProblemAlert error={keep.error ?? read.error} />}
      <Typography color="textSecondary">{t("plate.layoutHelp")}</Typography>
      <Stack
        direction="row"
        useFlexGap
        sx={{ columnGap: 1, rowGap: 1.75, flexWrap: "wrap", alignItems: "center" }}
      >
        {plates.length > 1 && (
          <Choice
            label={t("plate.plate")}
            value={plate}
            options={plates.map((each) => [each, each || t("plate.everyPlate")])}
            onChange={setPlate}
          />
        )}
        <Choice
          label={t("plate.wells")}
          value={`${size[0] * size[1]}`}
          options={Object.keys(FORMATS).map((n) => [n, n])}
          onChange={(next) => setSize(FORMATS[Number(next)] ?? size)}
        />
        {FIELDS.map((name) =>
          name === "control" ? (
            <Choice
              key={name}
              label={t("plate.control")}
              value={brush.control}
              options={[
                ["", "–"],
                ...(["negative", "positive", "blank"] as const).map(
                  (kind) => [kind, t(`plate.${kind}`)] as const,
                ),
              ]}
              onChange={(control) => setBrush({ ...brush, control })}
            />
          ) : NUMBERS.has(name) ? (
            <NumberField
              key={name}
              label={t(`plate.${name}`)}
              value={brush[name]}
              onChange={(value) => setBrush({ ...brush, [name]: value })}
              min={0}
              sx={{ width: 165 }}
            />
          ) : (
            <TextField
              key={name}
              label={t(`plate.${name}`)}
              value={brush[name]}
              onChange={(event) => setBrush({ ...brush, [name]: event.target.value })}
              sx={{ width: 165 }}
            />
          ),
        )}
        <Button
          variant="outlined"
          disabled={!mayEdit || chosen.length === 0}
          onClick={() => change(painted(wells, plate, chosen, () => filled))}
        >
          {t("plate.paint")}
        </Button>
        <NumberField
          label={t("plate.factor")}
          value={factor}
          onChange={setFactor}
          min={1}
          sx={{ width: 110 }}
        />
        <Button variant="outlined" disabled={!mayEdit || !canFill} onClick={fill}>
          {t("plate.fill")}
        </Button>
        <Button
          disabled={!mayEdit || chosen.length === 0}
          onClick={() =>
            change(wells.filter((each) => (each.plate ?? "") !== plate || !chosen.includes(each.well)))
          }
        >
          {t("plate.clear")}
        </Button>
        <Button disabled={!draft.undo} onClick={draft.undo}>
          {t("plate.undo")}
        </Button>
        <Button disabled={!draft.redo} onClick={draft.redo}>
          {t("plate.redo")}
        </Button>
        <Button
          variant="contained"
          disabled={!mayEdit || !draft.isChanged || draft.isOvertaken}
          loading={keep.isPending}
          onClick={() => keep.mutate({ wells, exclusions: stored.exclusions, version: draft.version })}
        >
          {t("plate.keep")}
        </Button>
      </Stack>
      <PlateGrid
        size={size}
        wells={wells.filter((each) => (each.plate ?? "") === plate)}
        seen={seen.filter((each) => !plate || each.plate === plate).map(({ well }) => well)}
        chosen={chosen}
        onChoose={setChosen}
      />
      <Box>
        <TextField
          multiline
          minRows={2}
          maxRows={6}
          fullWidth
          label={t("plate.paste")}
          helperText={t("plate.pasteHelp")}
          value=""
          disabled={!mayEdit}
          onChange={(event) => {
            const text = event.target.value;
            if (text.trim())
              read.mutate(
                { text, format: /^\s*\[/.test(text) ? ".toml" : ".csv" },
                { onSuccess: (layout) => take(layout.wells) },
              );
          }}
        />
      </Box>
    </Stack>
  );
}
