"""The images below a folder: what each is made of, what is not an image, and why.

The one place that decides what a folder holds; the command line, batches and the service ask it.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePath

from spheroseg.errors import ImageReadError, printable
from spheroseg.imaging.folder import list_folder, natural_key
from spheroseg.imaging.image import Image
from spheroseg.imaging.kinds import is_image_path
from spheroseg.imaging.label_like import could_be_mask, is_label_file, masks_by_folder
from spheroseg.imaging.other_kinds import other_kind
from spheroseg.imaging.parts import CONTAINERS, parts_of
from spheroseg.imaging.plates import by_name, imagexpress, operetta, yokogawa
from spheroseg.imaging.plates.index import PlateFile
from spheroseg.imaging.plates.plate import LAYOUTS, Plate, PlateImage, group
from spheroseg.imaging.read import read_image
from spheroseg.imaging.reader_logs import quiet_libraries

_INDEXES = (
    ("imagexpress", imagexpress.is_index, imagexpress.read_index),
    ("operetta", operetta.is_index, operetta.read_index),
    ("yokogawa", yokogawa.is_index, yokogawa.read_index),
)
PARTS_OF_SETS = "parts of OME-TIFF sets that are read with their first file"
# behind it an ending, another word, or the GUID that MetaXpress appends
_THUMB = re.compile(r"(?:^|[_\-. ])thumb(?:nail)?s?(?=$|[_\-. \d]|[0-9a-f]{8}-)")


@dataclass(frozen=True)
class ImageSource:
    """One thing to read: a file with all its series, or one field of a plate.

    Attributes:
        path: the file; the first one of several; the folder of an OME-Zarr.
        relative: path below the folder that was searched; a plate's field ends in its name ("Plate7/A01_f2").
        plate_image: the field of a plate, or None.
        n_files: files that it is made of.
    """

    path: Path
    relative: str
    plate_image: PlateImage | None = None
    n_files: int = 1

    def read(self, *, series: int = 0, axes: str | None = None, interval_s: float | None = None) -> Image:
        """As `read_image`; a field of a plate is one series."""
        if self.plate_image is None:
            return read_image(self.path, series=series, axes=axes, interval_s=interval_s)
        if series != 0:
            raise ImageReadError(self.path, f"there is no series {series}; a field of a plate is one image")
        return self.plate_image.read(interval_s=interval_s)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A file that is not taken.

    Attributes:
        path: the file.
        relative: path below the folder.
        why: one of a few short reasons, equal for files of one kind: "label masks beside their images".
        is_unread: whether a person would take it for an image of theirs: its kind is not read, or it is damaged.
    """

    path: Path
    relative: str
    why: str
    is_unread: bool = False


@dataclass
class Listing:
    """What a folder holds.

    Attributes:
        sources: the images, in natural order.
        left_out: files that look like images, or belong to some, and are not taken.
        plates: plates that were recognised.
        parts: files that are read with one of the images (the folder of an OIF or VSI, what an XLEF refers to).
        notes: what a person should know.
    """

    sources: list[ImageSource] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    plates: list[Plate] = field(default_factory=list)
    parts: set[Path] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)

    def sentences(self, *, with_unread: bool = True) -> list[str]:
        """What was understood and what was left out, one sentence a kind, for people.

        Args:
            with_unread: also says which files are of kinds that are not read.
        """
        lines = [f"{plate.summary()}" for plate in self.plates]
        counts = Counter(entry.why for entry in self.left_out if not entry.is_unread)
        lines += [f"{n} file{'' if n == 1 else 's'} left out: {why}" for why, n in counts.items()]
        unread = [entry for entry in self.left_out if entry.is_unread]
        if unread and with_unread:
            endings = Counter(entry.path.suffix.lower() for entry in unread)
            kinds = ", ".join(f"{ending} ({n})" if n > 1 else ending for ending, n in sorted(endings.items()))
            lines.append(f"{len(unread)} file{'' if len(unread) == 1 else 's'} of kinds that are not read: {kinds}")
        return lines + self.notes


def images_below(folder: Path, *, exclude: Path | None = None, keep_masks: bool = False) -> Listing:
    """All images below a folder, to any depth.

    Planes of a plate that lie in files of their own become fields with channels, z planes and times; files of an OME-TIFF set
    become one image; a Zarr folder is one. Thumbnails, reduced copies, label masks beside images, hidden files and
    results of ours are left out.

    Args:
        folder: where to look.
        exclude: a folder whose content is never taken.
        keep_masks: takes label masks too (for those who look for masks).
    """
    listing = list_folder(folder)
    found = images_among_files(
        folder,
        [path for path in listing.files if exclude is None or not _is_below(path, exclude)],
        keep_masks=keep_masks,
    )
    notes = [f"{printable(place.relative_to(folder))}: not taken ({why})" for place, why in listing.unreadable]
    n_results = sum(exclude is None or not _is_below(place, exclude) for place in listing.results_folders)
    if n_results:
        notes.append(f"{n_results} folder{'' if n_results == 1 else 's'} with results of ours left out")
    found.notes[:0] = notes
    return found


def images_among_files(folder: Path, files: Sequence[Path], *, keep_masks: bool = False) -> Listing:
    """As `images_below`, of some files: what a shell makes of `plate/*.tif`.

    Args:
        folder: that all of them lie below.
        files: in natural order.
        keep_masks: takes label masks too.
    """
    found = Listing()
    files = list(files)
    parts = _parts(folder, files, found)
    found.parts = set().union(*parts.values())
    files = [path for path in files if path not in found.parts]
    images = []
    for path in files:
        relative = path.relative_to(folder)
        why = _not_the_image(relative)
        if why and is_image_path(path):
            found.left_out.append(LeftOut(path, relative.as_posix(), why))
        elif path.suffix.lower() == ".zarr" or (is_image_path(path) and other_kind(path.name) is None):
            images.append(path)
        elif other_kind(path.name) is not None:
            found.left_out.append(LeftOut(path, relative.as_posix(), "of a kind that is not read", is_unread=True))
    taken = _plates(folder, files, images, found)
    rest = [path for path in images if path not in taken]
    if not keep_masks:
        rest = _without_masks(folder, rest, found)
    _sets(folder, rest, parts, found)
    found.sources.sort(key=lambda source: natural_key(source.relative))
    found.left_out.sort(key=lambda entry: natural_key(entry.relative))
    return found


def read_plate(folder: Path | str) -> Plate:
    """Understands a folder of a screening instrument: its wells and fields as images with channels, z planes and times.

        plate = read_plate("Plate7")
        image = plate["A01_f2"].read()

    Args:
        folder: with an ImageXpress HTD, an Operetta or Phenix index, Yokogawa's MeasurementData.mlf, or files that are
            named by CellInsight, Incucyte, Cytation (Gen5), InCell, scanR or Keyence; or an OME-Zarr plate.

    Raises:
        ImageReadError: there is no such folder, it holds no plate, or several.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise ImageReadError(folder, "there is no such folder")
    if (plate := _zarr_plate(folder)) is not None:
        return plate
    plates = images_below(folder, keep_masks=True).plates
    if not plates:
        raise ImageReadError(folder, f"no plate is recognised in here (known are {', '.join(LAYOUTS.values())})")
    if len(plates) > 1:
        names = ", ".join(plate.path.relative_to(folder).as_posix() for plate in plates)
        raise ImageReadError(folder, f"it holds {len(plates)} plates ({names}): give one of them")
    return plates[0]


def _zarr_plate(folder: Path) -> Plate | None:
    from spheroseg.imaging.readers import omezarr  # noqa: PLC0415 -- zarr is loaded for Zarr stores only

    if not omezarr.is_zarr(folder):
        return None
    fields = [(number, image) for number, image in enumerate(omezarr.images_of(folder)) if image.well]
    if not fields:
        return None
    images = tuple(
        PlateImage(
            image.plate, image.well, image.field, "omezarr",
            (PlateFile(folder, image.well, image.field, page=number, plate=image.plate),),
        )
        for number, image in fields
    )  # fmt: skip
    return Plate(folder, images[0].plate or folder.stem, "omezarr", images)


def _is_below(path: Path, folder: Path) -> bool:
    return path.resolve().is_relative_to(folder.resolve())


def _not_the_image(relative: PurePath) -> str:
    """Why a file is a lesser copy of an image, by its name; "" where it is none."""
    stem = relative.stem.lower()
    folders = [part.lower() for part in relative.parts[:-1]]
    if _THUMB.search(stem) or any(part in {"thumb", "thumbs", "thumbnails", "_thumbs"} for part in folders):
        return "thumbnails"
    if stem.endswith(("_preview", "-preview")):
        return "previews"
    if any(part.startswith("downsampled_x") for part in folders):
        return "reduced copies of NDTiff"
    if stem.endswith("_overlay"):
        return "overlays of channels"
    return ""


def _plates(folder: Path, files: list[Path], images: list[Path], found: Listing) -> set[Path]:
    """Puts fields of plates into the listing; the files that these are made of."""
    taken: set[Path] = set()
    known = set(images)
    for path in files:
        for layout, is_index, read_index in _INDEXES:
            if not is_index(path):
                continue
            try:
                planes = [file for file in read_index(path).values() if file.path in known and file.path not in taken]
            except ImageReadError as error:
                found.notes.append(f"{path.relative_to(folder).as_posix()}: {error.reason}")
                continue
            if planes:
                taken |= _add_plate(folder, path.parent, layout, planes, found, least=1)
                _leave_projections(path.parent, layout, folder, known, taken, found)
                if layout == "yokogawa":
                    _leave_references(path, folder, known, taken, found)
    by_place: dict[tuple[str, str], list[PlateFile]] = defaultdict(list)
    for path in images:
        named = (
            by_name.plane_of(path, path.relative_to(folder))
            if path not in taken and path.suffix.lower() != ".zarr"
            else None
        )
        if named is not None:
            by_place[named[0], named[1]].append(named[2])
    for (layout, place), planes in by_place.items():
        taken |= _add_plate(folder, folder / place, layout, planes, found, least=2)
    return taken


def _add_plate(
    folder: Path, place: Path, layout: str, planes: Iterable[PlateFile], found: Listing, *, least: int
) -> set[Path]:
    """Adds a plate whose fields have at least so many planes somewhere; where none has, its files stay files."""
    fields = group(planes, layout)
    if max((len(image.files) for image in fields), default=0) < least:
        return set()
    name = next((image.plate for image in fields if image.plate), "") or place.name
    found.plates.append(Plate(place, name, layout, tuple(fields)))
    prefix = place.relative_to(folder).as_posix()
    several = len({image.plate for image in fields}) > 1
    for image in fields:
        own_name = f"{image.plate}_{image.name}" if several and image.plate else image.name
        relative = own_name if prefix == "." else f"{prefix}/{own_name}"
        found.sources.append(ImageSource(image.path, relative, image, len(image.files)))
    return {file.path for image in fields for file in image.files}


def _leave_projections(
    place: Path, layout: str, folder: Path, known: set[Path], taken: set[Path], found: Listing
) -> None:
    if layout != "imagexpress":
        return
    for path in sorted(known - taken):
        if path.is_relative_to(place) and by_name.plane_of(path, path.relative_to(folder)) is not None:
            taken.add(path)
            found.left_out.append(LeftOut(path, path.relative_to(folder).as_posix(), "projections of z stacks"))


def _leave_references(index: Path, folder: Path, known: set[Path], taken: set[Path], found: Listing) -> None:
    """Shading and dark pictures: those that the index names, and those of their names (DC_…, SC_…)."""
    named = yokogawa.references_of(index)
    for path in sorted(known - taken):
        if path.parent == index.parent and (path.name.lower() in named or path.name.startswith(("DC_", "SC_"))):
            taken.add(path)
            found.left_out.append(
                LeftOut(path, path.relative_to(folder).as_posix(), "shading and dark pictures of the instrument")
            )


def _without_masks(folder: Path, images: list[Path], found: Listing) -> list[Path]:
    """The images that are no label masks of others; only those are looked at that their place or name makes suspect."""
    files = [path for path in images if path.suffix.lower() != ".zarr"]
    suspects = {path for path in files if could_be_mask(path.relative_to(folder))}
    masks = masks_by_folder([path for path in files if path not in suspects])
    if len(suspects | masks) == len(images):
        return images  # a folder of masks alone was meant
    masks |= {path for path in suspects if is_label_file(path)}
    found.left_out += [
        LeftOut(path, path.relative_to(folder).as_posix(), "label masks beside their images")
        for path in images
        if path in masks
    ]
    return [path for path in images if path not in masks]


def _parts(folder: Path, files: list[Path], found: Listing) -> dict[Path, set[Path]]:
    """Files that are read with another one, by that one; an XLEF goes before what it refers to."""
    parts: dict[Path, set[Path]] = {}
    containers = [path for path in files if path.suffix.lower() in CONTAINERS]
    for path in sorted(containers, key=lambda path: CONTAINERS.index(path.suffix.lower())):
        if any(path in of_other for of_other in parts.values()):
            continue
        try:
            parts[path] = parts_of(path)
        except ImageReadError as error:  # told again when it is read
            found.notes.append(f"{path.relative_to(folder).as_posix()}: {error.reason}")
    return parts


def _sets(folder: Path, images: list[Path], parts: dict[Path, set[Path]], found: Listing) -> None:
    """Adds files as sources; of an OME-TIFF set the first file stands for all."""
    seen: set[Path] = set()
    for path in images:
        if path in seen:
            found.left_out.append(
                LeftOut(
                    path,
                    path.relative_to(folder).as_posix(),
                    PARTS_OF_SETS,
                )
            )
            continue
        members = _members(path)
        seen |= members
        n_files = max(1, len(members & set(images))) + len(parts.get(path, ()))
        found.sources.append(ImageSource(path, path.relative_to(folder).as_posix(), None, n_files))


def _members(path: Path) -> set[Path]:
    lower = path.name.lower()
    if lower.endswith((".ome.tif", ".ome.tiff", ".ome.btf")) or (
        lower.endswith((".tif", ".tiff")) and any(path.parent.glob("*.companion.ome"))
    ):
        from spheroseg.imaging.readers.ome_set import files_of  # noqa: PLC0415 -- tifffile is loaded for OME-TIFF only

        try:
            with quiet_libraries():
                return files_of(path)
        except (ImageReadError, OSError, ValueError):
            return set()  # its fault is told when it is read
    if (path.parent / "NDTiff.index").is_file():
        return {other for other in path.parent.iterdir() if other.suffix.lower() == ".tif"}
    return set()
