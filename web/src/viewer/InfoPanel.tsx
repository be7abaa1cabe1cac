import Alert from "@mui/material/Alert";
import Box from "@mui/material/Box";
import Button from "@mui/material/Button";
import Stack from "@mui/material/Stack";
import TextField from "@mui/material/TextField";
import Typography from "@mui/material/Typography";
import { useState } from "react";
import { type ImageDetail, useChangeImage } from "../api/images";
import { spoken } from "../api/sentences";
import { channelTitle } from "../i18n/givenNames";
import { formatNumber } from "../i18n/numbers";
import { useText } from "../i18n/useText";
import { formatBytes, formatDate } from "../ui/format";
import { DownloadIcon } from "../ui/icons";
import { NumberField } from "../ui/NumberField";

/** Names of what states a pixel size in a file. */
const SOURCES: Readonly<Record<string, string>> = {
  imagej: "ImageJ",
  ome: "OME",
  "tiff-resolution": "TIFF",
  operetta: "Harmony",
  yokogawa: "Yokogawa",
  zen: "ZEN",
  czi: "CZI",
  nd2: "ND2",
  lif: "LIF",
  lsm: "LSM",
  oif: "OIF",
  oir: "OIR",
  dv: "DeltaVision",
  vsi: "cellSens",
  omezarr: "OME-Zarr",
  metamorph: "MetaMorph",
  micromanager: "Micro-Manager",
  "micromanager-text": "Micro-Manager",
  biotek: "Gen5",
  keyence: "Keyence",
  svs: "Aperio",
};

/** What the file says about itself, and what a person may correct. */
export function InfoPanel({ image, canEdit }: { image: ImageDetail; canEdit: boolean }) {
  const t = useText();
  const change = useChangeImage(image);
  const [name, setName] = useState(image.name);
  const [well, setWell] = useState(image.well);
  const sizeBefore =
    image.pixel_size_x_um === null ? "" : String(Number(image.pixel_size_x_um.toPrecision(6)));
  const [pixelSize, setPixelSize] = useState(sizeBefore);
  const rows: [string, string][] = [
    [t("info.size"), `${formatNumber(image.width)} × ${formatNumber(image.height)} px`],
    [
      t("info.pixelSizeSource"),
      image.pixel_size_source === "user"
        ? t("info.source_user")
        : (SOURCES[image.pixel_size_source] ?? (image.pixel_size_source || "–")),
    ],
    [
      t("info.values"),
      `${image.dtype ?? "–"}${image.significant_bits ? ` (${image.significant_bits} bit)` : ""}`,
    ],
    [
      t("info.channels"),
      image.channel_names.filter(Boolean).map(channelTitle).join(", ") || String(image.n_channels),
    ],
    [t("info.framesSlices"), `${image.n_frames} / ${image.n_slices}`],
    [t("info.file"), `${image.media_type} · ${formatBytes(image.size_bytes)}`],
    [t("info.folder"), image.relative_path || "–"],
    [t("info.plate"), image.plate || "–"],
    [
      t("info.time"),
      image.time_s === null ? "–" : t("info.hours", { hours: formatNumber(image.time_s / 3600) }),
    ],
    [t("info.uploaded"), formatDate(image.created_at)],
  ];
  return (
    <Stack spacing={2} sx={{ p: 2 }}>
      {image.notes.map((note) => (
        <Alert key={note} severity="info">
          {spoken(note)}
        </Alert>
      ))}
      <Stack
        component="form"
        spacing={1.5}
        onSubmit={(event) => {
          event.preventDefault();
          const size = pixelSize ? Number(pixelSize) : null;
          // pixels that are not square stay as they are until somebody types a size
          const sizes = pixelSize === sizeBefore ? {} : { pixel_size_x_um: size, pixel_size_y_um: size };
          change.mutate({ name, well, ...sizes });
        }}
      >
        <TextField
          required
          disabled={!canEdit}
          label={t("info.name")}
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
        <TextField
          disabled={!canEdit}
          label={t("images.well")}
          value={well}
          onChange={(event) => setWell(event.target.value)}
          slotProps={{ htmlInput: { pattern: "([A-Za-z]{1,2}[0-9]{1,2})?" } }}
        />
        <NumberField
          disabled={!canEdit}
          label={t("projects.pixelSize")}
          help={t("info.pixelSizeHelp")}
          value={pixelSize}
          onChange={setPixelSize}
          unit="µm"
          min={0.0001}
          max={10_000}
        />
        {canEdit && (
          <Button type="submit" variant="outlined" sx={{ alignSelf: "start" }} loading={change.isPending}>
            {t("app.save")}
          </Button>
        )}
      </Stack>
      <Box
        component="dl"
        sx={{
          display: "grid",
          gridTemplateColumns: "auto 1fr",
          columnGap: 2,
          rowGap: 0.75,
          m: 0,
          fontSize: 14,
        }}
      >
        {rows.map(([label, value]) => (
          <Box key={label} sx={{ display: "contents" }}>
            <Typography component="dt" variant="body2" color="textSecondary">
              {label}
            </Typography>
            <Typography component="dd" variant="body2" sx={{ m: 0, overflowWrap: "anywhere" }}>
              {value}
            </Typography>
          </Box>
        ))}
      </Box>
      <Button
        startIcon={<DownloadIcon />}
        href={`/api/v1/images/${image.id}/file`}
        download
        sx={{ alignSelf: "start" }}
      >
        {t("info.download")}
      </Button>
    </Stack>
  );
}
