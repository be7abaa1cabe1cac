"""OME-TIFF sets: images whose planes lie in several files, or whose metadata lie in another one (companion.ome)."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any, cast

import numpy as np
import tifffile
from numpy.typing import NDArray

from spheroseg.errors import ImageReadError
from spheroseg.imaging import limits
from spheroseg.imaging.beside import Beside
from spheroseg.imaging.image import Image
from spheroseg.imaging.limits import check_size
from spheroseg.imaging.readers import ome
from spheroseg.imaging.readers.damage import CUT_OFF, MISSING, Damage, Place, blank
from spheroseg.imaging.readers.tiff_colours import significant_bits
from spheroseg.imaging.readers.tiff_image import make_image, of_ome
from spheroseg.imaging.readers.tiff_structure import check_directories
from spheroseg.kernels.scratch import allocate

_MAX_METADATA_BYTES = 1 << 30


def is_set(document: ome.OmeDocument) -> bool:
    """Whether the planes of a document lie in several files, or its metadata in another one."""
    names = {name.lower() for image in document.images for name in image.file_names}
    return bool(document.metadata_file) or len(names) > 1


def document_of(path: Path) -> tuple[ome.OmeDocument, Path]:
    """The OME metadata of a TIFF and the file that has them: itself, or the one that it points to.

    Raises:
        ImageReadError: the metadata are damaged, or the file that has them is missing.
    """
    with tifffile.TiffFile(path, _multifile=False) as tif:
        text = tif.ome_metadata if tif.is_ome else None
    document = ome.parse(text, path) if text else ome.OmeDocument()
    return (document, path) if not document.metadata_file else _resolved(path, document)


def _resolved(path: Path, document: ome.OmeDocument) -> tuple[ome.OmeDocument, Path]:
    master = path.with_name(Path(document.metadata_file.replace("\\", "/")).name)
    if not master.is_file():
        raise ImageReadError(path, f"its metadata lie in {master.name}, which is not beside it")
    if master.stat().st_size > _MAX_METADATA_BYTES and master.suffix.lower() in {".ome", ".xml"}:
        raise ImageReadError(master, "the OME metadata are larger than any program writes")
    if master.suffix.lower() in {".ome", ".xml"}:
        return ome.parse(master.read_text(encoding="utf-8", errors="replace"), master), master
    with tifffile.TiffFile(master, _multifile=False) as tif:
        text = tif.ome_metadata if tif.is_ome else None
    found = ome.parse(text, master) if text else ome.OmeDocument()
    if not found.images:
        raise ImageReadError(path, f"its metadata should lie in {master.name}, which has none")
    return found, master


def files_of(path: Path) -> set[Path]:
    """All files of the set that a TIFF belongs to (with the one that has the metadata); empty where it is no set.

    Raises:
        ImageReadError: as `document_of`.
    """
    document, master = document_of(path)
    if master == path and not is_set(document):
        return set()
    own = {document.uuid.lower(): master.name}
    names = {
        plane.file_name or own.get(plane.uuid.lower(), master.name)
        for image in document.images
        for plane in image.planes
    }
    return {path, master, *(path.with_name(Path(name).name) for name in names)}


def read(path: Path, document: ome.OmeDocument, series: int, beside: Beside) -> Image:
    """Reads one image of a set, with all its planes, whichever of the set's files is given.

    Images of which no file is here are no series; an image of which some are missing is read with the others where those
    make whole channels, times or planes; other planes that are missing or damaged are `unreadable`.

    Raises:
        ImageReadError: all planes are missing or damaged, the image is too large, or there is no such series.
    """
    master = path
    if document.metadata_file:
        document, master = _resolved(path, document)
    here = [
        image
        for image in document.images
        if any(_file(plane, path, master, document).is_file() for plane in image.planes)
    ]
    if not here:
        raise ImageReadError(path, "none of the files that its OME metadata name is beside it")
    if not 0 <= series < len(here):
        raise ImageReadError(path, f"there is no series {series}; the set has {len(here)} (0 is the first)")
    image = here[series]
    notes = []
    if len(here) < len(document.images):
        notes.append(
            f"{len(document.images) - len(here)} of {len(document.images)} images of the set lie in files that are not here"
        )
    planes = [(plane, _file(plane, path, master, document)) for plane in image.planes]
    found = [(plane, file) for plane, file in planes if file.is_file()]
    used = [sorted(set(places)) for places in zip(*((plane.t, plane.c, plane.z) for plane, _ in found), strict=True)]
    file_of = {(plane.t, plane.c, plane.z): file for plane, file in planes}
    there = {(plane.t, plane.c, plane.z) for plane, _ in found}
    damage = Damage(path)
    for place in product(*used):
        if place not in there:
            at = cast("Place", tuple(places.index(index) for places, index in zip(used, place, strict=True)))
            damage.reasons[at] = f"{file_of[place].name} is not here" if place in file_of else MISSING
    if len(found) < image.n_planes:
        notes.append(f"only {len(found)} of {image.n_planes} planes of this image are in the files that are here")
    data, bits, is_rgb = _pixels(path, found, used, damage)
    calibration = of_ome(image)
    calibration.channel_names = tuple(
        calibration.channel_names[c] for c in used[1] if c < len(calibration.channel_names)
    )
    stated = int(calibration.metadata.pop("significant_bits", 0) or 0)
    calibration.notes += notes
    made = make_image(path, calibration, beside, data, is_rgb)
    return replace(
        made,
        significant_bits=stated if 0 < stated <= bits else bits,
        series=series,
        n_series=len(here),
        metadata={**made.metadata, "files": sorted({file.name for _, file in found})},
        unreadable=blank(data, damage.reasons, data.shape[1] // len(used[1])),
    )


def _file(plane: ome.OmePlane, path: Path, master: Path, document: ome.OmeDocument) -> Path:
    own = {uuid for uuid in (document.uuid.lower(),) if uuid}
    if plane.uuid.lower() in own and master == path:
        return path  # also where the file was renamed
    name = Path(plane.file_name.replace("\\", "/")).name
    return path.with_name(name) if name else master


def _pixels(
    path: Path, planes: list[tuple[ome.OmePlane, Path]], used: list[list[int]], damage: Damage
) -> tuple[NDArray[Any], int, bool]:
    """(t, c, z, y, x), bits a value, whether the channels are the colours of a photograph; what cannot be read is in `damage`."""
    made: list[tuple[NDArray[Any], int, bool]] = []

    def load(plane: ome.OmePlane, at: Place) -> None:
        if file.fault is not None:
            raise file.fault
        page = _page(file.path, file.opened, plane.page)
        samples = page.samplesperpixel if page.photometric == tifffile.PHOTOMETRIC.RGB else 1
        if not made:
            made.append(_room(path, page, tuple(len(places) for places in used), samples))
        pixels = page.asarray()
        stored = np.moveaxis(pixels, -1, 0) if page.planarconfig == 1 and samples > 1 else pixels
        t, c, z = at
        target = made[0][0][t, c * samples : (c + 1) * samples, z]
        if stored.reshape(-1, *pixels.shape[-2:] if samples == 1 else stored.shape[-2:]).shape != target.shape:
            raise ImageReadError(file.path, "its planes have another size than those of the other files of the set")
        target[...] = stored.reshape(target.shape)

    with ExitStack() as files:
        file = _Opened(path, files)
        for plane, of_plane in sorted(planes, key=lambda item: (str(item[1]), item[0].page)):
            file.switch_to(of_plane)
            t, c, z = (places.index(place) for places, place in zip(used, (plane.t, plane.c, plane.z), strict=True))
            damage.attempt((t, c, z), partial(load, plane, (t, c, z)))
    damage.check(int(np.prod([len(places) for places in used])))
    return made[0]


class _Opened:
    """The one file of a set that is open, or why it cannot be."""

    def __init__(self, path: Path, files: ExitStack) -> None:
        self.path = path
        self.fault: ImageReadError | None = None
        self._files = files
        self._opened: tifffile.TiffFile | None = None

    @property
    def opened(self) -> tifffile.TiffFile:
        """The file."""
        assert self._opened is not None
        return self._opened

    def switch_to(self, path: Path) -> None:
        """Opens another file instead."""
        if path == self.path and (self._opened is not None or self.fault is not None):
            return
        self._files.close()
        self.path, self.fault = path, None
        try:
            self._opened = self._files.enter_context(tifffile.TiffFile(path, _multifile=False))
            check_directories(path, self._opened)
        except ImageReadError as error:
            self.fault = ImageReadError(path, f"{path.name}: {error.reason}")
        except (tifffile.TiffFileError, OSError, ValueError) as error:
            self.fault = ImageReadError(path, f"{path.name} is damaged ({error})")


def _room(path: Path, page: tifffile.TiffPage, shape: tuple[int, ...], samples: int) -> tuple[NDArray[Any], int, bool]:
    """Room for pixels like those of a page, their bits, and whether they are colours."""
    assert page.dtype is not None
    check_size(path, (page.imagelength, page.imagewidth), (*shape, samples), bytes_per_value=page.dtype.itemsize)
    data = allocate(
        (shape[0], shape[1] * samples, shape[2], page.imagelength, page.imagewidth),
        page.dtype,
        spill_from_bytes=limits.SCRATCH_FROM_BYTES,
    )
    return data, significant_bits(page, 0), samples == 3 and shape[1] == 1


def _page(file: Path, tif: tifffile.TiffFile, index: int) -> tifffile.TiffPage:
    if index >= len(tif.pages):
        raise ImageReadError(file, f"page {index} of {file.name} is missing, which the set's metadata announce")
    page = tif.pages[index].aspage()
    end = max((offset + count for offset, count in zip(page.dataoffsets, page.databytecounts, strict=False)), default=0)
    if end > tif.filehandle.size or 0 in page.dataoffsets:
        raise ImageReadError(file, f"{file.name}: {CUT_OFF}")
    if page.dtype is None or page.dtype.kind not in "biuf":
        raise ImageReadError(file, f"pixels of this kind are not supported ({page.bitspersample} bit)")
    return page
