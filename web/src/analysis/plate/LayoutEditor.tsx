import Alert from "@mui/material/Alert";
import Box from "@mui/material/Box";
import Button from "@mui/material/Button";
import Stack from "@mui/material/Stack";
import TextField from "@mui/material/TextField";
import Typography from "@mui/material/Typography";
import { useState } from "react";
import { type Exclusion, type LayoutWell, useKeepLayout, useReadLayout } from "../../api/analysis";
import { useText } from "../../i18n/useText";
import { ProblemAlert } from "../../ui/ProblemAlert";
import { Choice } from "./Choice";
import { PlateGrid } from "./PlateGrid";
import { FORMATS, painted, placeOf, plateOf, series } from "./wells";

interface Props {
  projectId: string;
  stored: { wells: LayoutWell[]; exclusions: Exclusion[]; notes: string[]; version: number };
  /** wells that have images */
  seen: readonly string[];
  mayEdit: boolean;
}

const FIELDS = ["compound", "dose", "dose_unit", "cell_line", "control"] as const;
type Brush = Record<(typeof FIELDS)[number], string>;
const NOTHING: Brush = { compound: "", dose: "", dose_unit: "", cell_line: "", control: "" };

/** Says what is in each well: choose wells and paint, fill a dilution series, paste from a spreadsheet; every step can be undone. */
export function LayoutEditor({ projectId, stored, seen, mayEdit }: Props) {
  const t = useText();
  const [steps, setSteps] = useState<readonly LayoutWell[][]>([stored.wells]);
  const [at, setAt] = useState(0);
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const [brush, setBrush] = useState<Brush>(NOTHING);
  const [factor, setFactor] = useState("3");
  const [size, setSize] = useState<readonly [number, number]>(
    plateOf([...seen, ...stored.wells.map(({ well }) => well)]),
  );
  const keep = useKeepLayout(projectId);
  const read = useReadLayout(projectId);
  const wells = steps[at] ?? stored.wells;
  const change = (next: LayoutWell[]) => {
    setSteps([...steps.slice(0, at + 1), next]);
    setAt(at + 1);
  };
  const take = (next: LayoutWell[]) => {
    change(next);
    const [rows, columns] = plateOf([...seen, ...next.map(({ well }) => well)]);
    setSize([Math.max(rows, size[0]), Math.max(columns, size[1])]);
  };
  const paint = () => {
    const filled = Object.fromEntries(Object.entries(brush).filter(([, value]) => value !== ""));
    change(painted(wells, chosen, () => filled));
  };
  const fill = () => {
    const columns = [...new Set(chosen.map((well) => placeOf(well)?.column ?? 0))].sort((a, b) => a - b);
    const doses = series(Number(brush.dose), Number(factor), columns.length);
    const filled = Object.fromEntries(Object.entries(brush).filter(([, value]) => value !== ""));
    change(
      painted(wells, chosen, (_, i) => ({
        ...filled,
        dose: doses[columns.indexOf(placeOf(chosen[i] ?? "")?.column ?? 0)] ?? "",
      })),
    );
  };
  const canFill = chosen.length > 0 && Number(brush.dose) > 0 && Number(factor) > 1;
  return (
    <Stack spacing={2}>
      {stored.notes.map((note) => (
        <Alert key={note} severity="info">
          {note}
        </Alert>
      ))}
      {(keep.isError || read.isError) && <ProblemAlert error={keep.error ?? read.error} />}
      <Typography color="textSecondary">{t("plate.layoutHelp")}</Typography>
      <Stack direction="row" useFlexGap sx={{ gap: 1, flexWrap: "wrap", alignItems: "center" }}>
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
          ) : (
            <TextField
              key={name}
              label={t(`plate.${name}`)}
              value={brush[name]}
              onChange={(event) => setBrush({ ...brush, [name]: event.target.value })}
              sx={{ width: 130 }}
            />
          ),
        )}
        <Button variant="outlined" disabled={!mayEdit || chosen.length === 0} onClick={paint}>
          {t("plate.paint")}
        </Button>
        <TextField
          size="small"
          label={t("plate.factor")}
          value={factor}
          onChange={(event) => setFactor(event.target.value)}
          sx={{ width: 90 }}
        />
        <Button variant="outlined" disabled={!mayEdit || !canFill} onClick={fill}>
          {t("plate.fill")}
        </Button>
        <Button
          disabled={!mayEdit || chosen.length === 0}
          onClick={() => change(wells.filter(({ well }) => !chosen.includes(well)))}
        >
          {t("plate.clear")}
        </Button>
        <Button disabled={at === 0} onClick={() => setAt(at - 1)}>
          {t("plate.undo")}
        </Button>
        <Button disabled={at >= steps.length - 1} onClick={() => setAt(at + 1)}>
          {t("plate.redo")}
        </Button>
        <Button
          variant="contained"
          disabled={!mayEdit || wells === stored.wells}
          loading={keep.isPending}
          onClick={() => keep.mutate({ wells, exclusions: stored.exclusions, version: stored.version })}
        >
          {t("plate.keep")}
        </Button>
      </Stack>
      <PlateGrid size={size} wells={wells} seen={seen} chosen={chosen} onChoose={setChosen} />
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
