import Box from "@mui/material/Box";
import Table from "@mui/material/Table";
import TableBody from "@mui/material/TableBody";
import TableCell from "@mui/material/TableCell";
import TableHead from "@mui/material/TableHead";
import TableRow from "@mui/material/TableRow";
import Typography from "@mui/material/Typography";
import { spoken } from "../api/sentences";
import type { FoundImage } from "../api/uploadSets";
import { channelTitle } from "../i18n/givenNames";
import { formatNumber } from "../i18n/numbers";
import { useText } from "../i18n/useText";

const SHOWN = 200;

/** What was read of each image: where on the plate, its axes, its pixel size and where that was found. */
export function FoundImages({ images, nImages }: { images: readonly FoundImage[]; nImages: number }) {
  const t = useText();
  if (images.length === 0) return null;
  const head = ["image", "well", "field", "size", "channels", "slices", "frames", "pixelSize"] as const;
  return (
    <Box>
      <Box
        tabIndex={0}
        role="region"
        aria-label={t("upload.foundImages")}
        sx={{ maxHeight: 320, overflow: "auto" }}
      >
        <Table size="small" stickyHeader aria-label={t("upload.foundImages")}>
          <TableHead>
            <TableRow>
              {head.map((each) => (
                <TableCell key={each}>{t(`upload.found_${each}`)}</TableCell>
              ))}
            </TableRow>
          </TableHead>
          <TableBody>
            {images.slice(0, SHOWN).map((image) => (
              <ImageRow key={`${image.source}/${image.series}`} image={image} />
            ))}
          </TableBody>
        </Table>
      </Box>
      {nImages > SHOWN && (
        <Typography variant="body2" color="textSecondary" sx={{ mt: 0.5 }}>
          {t("upload.foundMore", { count: nImages - SHOWN })}
        </Typography>
      )}
    </Box>
  );
}

function ImageRow({ image }: { image: FoundImage }) {
  const t = useText();
  const name =
    image.name && !image.source.endsWith(image.name) ? `${image.source} · ${image.name}` : image.source;
  if (image.reason)
    return (
      <TableRow>
        <TableCell>{name}</TableCell>
        <TableCell colSpan={7}>
          <Typography variant="body2" color="error">
            {spoken(image.reason)}
          </Typography>
        </TableCell>
      </TableRow>
    );
  const isUnknown = image.frames_are === "page" && image.n_frames > 1;
  return (
    <TableRow>
      <TableCell>
        {name}
        {image.doubts.map((doubt) => (
          <Typography key={doubt} variant="caption" color="textSecondary" sx={{ display: "block" }}>
            {doubt}
          </Typography>
        ))}
      </TableCell>
      <TableCell>{image.well}</TableCell>
      <TableCell>{image.field}</TableCell>
      <TableCell>{`${image.width} × ${image.height}`}</TableCell>
      <TableCell>
        {image.channel_names.filter(Boolean).map(channelTitle).join(", ") || image.n_channels}
      </TableCell>
      <TableCell>{image.n_slices}</TableCell>
      <TableCell>
        {isUnknown ? (
          <Warned>{t("upload.foundPages", { count: image.n_frames })}</Warned>
        ) : image.n_frames > 1 && !image.has_times ? (
          <Warned>{t("upload.foundNoStep", { count: image.n_frames })}</Warned>
        ) : (
          image.n_frames
        )}
      </TableCell>
      <TableCell>
        {image.pixel_size_um ? (
          <>
            {image.is_size_doubtful ? (
              <Warned>{sizeOf(image.pixel_size_um)}</Warned>
            ) : (
              sizeOf(image.pixel_size_um)
            )}
            <Typography variant="caption" color="textSecondary" sx={{ display: "block" }}>
              {image.pixel_size_from}
            </Typography>
          </>
        ) : (
          <Warned>{t("upload.foundNoSize")}</Warned>
        )}
      </TableCell>
    </TableRow>
  );
}

function Warned({ children }: { children: React.ReactNode }) {
  return (
    <Typography variant="body2" component="span" sx={{ color: "warning.dark", fontWeight: 600 }}>
      {"⚠ "}
      {children}
    </Typography>
  );
}

function sizeOf([x, y]: readonly number[]): string {
  const isSquare = x !== undefined && y !== undefined && Math.abs(x - y) < 1e-4 * x;
  return isSquare ? `${formatNumber(x)} µm` : `${formatNumber(x)} × ${formatNumber(y)} µm`;
}
