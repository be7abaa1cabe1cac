"""Which mask belongs to which image: by their paths, with what people's programs add to names understood.

`plate1/A01.tif` is the image of `plate1/A01_masks.tif`, `plate1/masks/a01.png`, `masks/plate1/A01.ome.tif` below another
folder, and of `plate1__A01.tif` of a results folder. Where two fit, that is an error that names both, never a choice.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from spheroseg.errors import ParameterError, printable
from spheroseg.imaging.folder import list_folder
from spheroseg.imaging.kinds import is_image_path

IMAGE_FOLDERS = frozenset({"image", "images", "img", "imgs"})
#: "masks", "Labels", "cell_masks", "ground truth" …
MASK_FOLDER = re.compile(
    r"(?!label[_\- ]?free)(?:.*[_\- ])?"
    r"(?:masks?|labels?|labelmaps?|segs?|segmentations?|gt|ground[_ ]?truths?|annotations?|outlines?)"
    r"(?:[_\- ].*)?",
    re.IGNORECASE,
)
#: "_masks", "-Mask", "_cp_masks", "_seg", ".labels" … at the end of a stem
MASK_ENDING = re.compile(r"(?<=.)[ _.\-](?:cp_masks?|masks?|labels?|lbls?|seg|segmentation|gt)$", re.IGNORECASE)
#: "mask_", "labels-" … at the beginning of a name
MASK_BEGINNING = re.compile(r"^(?:masks?|labels?|lbls?|seg|segmentation|gt)[_\- ](?!free)(?=.)", re.IGNORECASE)
_CORE_ENDING = re.compile(r"(?<=.)_core$", re.IGNORECASE)
_OME_ENDING = re.compile(r"(?<=.)\.ome$", re.IGNORECASE)
#: between folders and name in a results folder, see `batch.inputs`
FLATTENED = "__"

Key = tuple[str, ...]


def stem_of(name: str) -> str:
    """A file's name without the endings of its kind: `A01.ome.tif` → `A01`; folders and other dots stay.

    >>> stem_of("plate1/A01.day2.OME.TIF")
    'plate1/A01.day2'
    """
    stem = name[: -len(PurePosixPath(name).suffix)] if is_image_path(name) else name
    return _OME_ENDING.sub("", stem)


def without_suffix(name: str) -> str:
    """`stem_of`, and without the suffix of a kind that is not read: `A01.webp` → `A01`; `A01.v2` has a dot in its name."""
    stem = stem_of(name)
    return re.sub(r"(?<=[^/])\.[A-Za-z]{2,5}$", "", stem) if stem == name else stem


def looks_like_mask(name: str) -> bool:
    """Whether a path below a folder says that the file is a mask: by its ending or by a folder such as "masks"."""
    stem = stem_of(name)
    return bool(MASK_ENDING.search(stem) or MASK_BEGINNING.match(PurePosixPath(stem).name)) or any(
        MASK_FOLDER.fullmatch(part) for part in PurePosixPath(name).parent.parts
    )


def masks_among(names: Collection[str]) -> frozenset[str]:
    """Those of some paths that are the masks of others of them: they look like masks, and their image is there."""
    candidates = [name for name in names if looks_like_mask(name)]
    if not candidates:
        return frozenset()
    index = ImageIndex({name: Path(name) for name in names if not looks_like_mask(name)})
    return frozenset(name for name in candidates if index.candidates(name))


def images_among(names: Collection[str]) -> frozenset[str]:
    """Those of some paths of which others are the masks."""
    index = ImageIndex({name: Path(name) for name in names if not looks_like_mask(name)})
    return frozenset(image for name in names if looks_like_mask(name) for image in index.candidates(name))


class ImageIndex:
    """Finds the image that the name of a mask or of an annotation means.

    Args:
        images: the images' paths below one folder with forward slashes, each with its file.
    """

    def __init__(self, images: Mapping[str, Path]) -> None:
        self._images = images
        self._by_stem: dict[str, list[tuple[Key, str]]] = {}
        for name in images:
            key = _key(name)
            self._by_stem.setdefault(_alike(key)[-1], []).append((key, name))

    def of_name(self, name: str) -> str | None:
        """The image that an annotation file names: with its folders or some of them, with its suffix or another.

        Raises:
            ParameterError: several images fit; it names them.
        """
        if name in self._images:
            return name
        for spelling in dict.fromkeys([name, without_suffix(name), _without_mask_ending(name)]):
            key = _key(spelling)
            if found := self._equal(key) or self._ending(_alike(key)):
                return _only(name, found)
        return None

    def of_mask(self, name: str, file: Path | None = None) -> str | None:
        """The image of a mask, by their paths; a name alone, in another folder, is not enough.

        Args:
            name: of the mask, below its own folder; a results file's name with its folders joined is understood.
            file: the mask's, whose folders may say more.

        Raises:
            ParameterError: several images fit; it names them.
        """
        found = self.candidates(name, file)
        return _only(name, found) if found else None

    def candidates(self, name: str, file: Path | None = None) -> list[str]:
        """Every image that fits a mask equally well."""
        stem = stem_of(name)
        for spelling in dict.fromkeys([stem, _without_mask_ending(name), _CORE_ENDING.sub("", stem)]):
            found = self._equal(_key(spelling)) or self._by_folders(spelling, file)
            if found:
                return found
        parts = stem.split(FLATTENED)
        if len(parts) == 1:
            return []
        return self._equal(_key("/".join(parts))) or self._equal(_key(f"{'/'.join(parts[:-1])}.{parts[-1]}"))

    def _equal(self, key: Key) -> list[str]:
        """Images of this path: in this case, else in any."""
        alike = [(other, name) for other, name in self._of_stem(key) if _alike(other) == _alike(key)]
        return [name for other, name in alike if other == key] or [name for _, name in alike]

    def _ending(self, key: Key) -> list[str]:
        """Images of which the path ends another one's."""
        return [name for other, name in self._of_stem(key) if _ends_alike(_alike(other), key)]

    def _of_stem(self, key: Key) -> list[tuple[Key, str]]:
        return self._by_stem.get(key[-1].casefold(), [])

    def _by_folders(self, name: str, file: Path | None) -> list[str]:
        """Where one of both folders lies deeper: the shorter path, which has a folder, ends the whole path of the other."""
        key = _alike(_key(name))
        whole = _alike(_key((file.parent / PurePosixPath(name).name).as_posix())) if file is not None else key
        found = []
        for other, image in self._of_stem(key):
            one = _alike(other)
            whole_one = _alike(_key(self._images[image].as_posix()))
            if (len(one) > 1 and whole[-len(one) :] == one) or (len(key) > 1 and whole_one[-len(key) :] == key):
                found.append(image)
        return found


def _only(name: str, found: Sequence[str]) -> str:
    if len(found) > 1:
        raise ParameterError(
            f"{printable(name)}: its image could be {_listed(found)}; it belongs to one, named like it"
        )
    return found[0]


@dataclass(frozen=True, slots=True)
class Pairing:
    """Images and masks that belong together.

    Attributes:
        pairs: (image, mask) in the order of the images.
        images_alone: images without a mask.
        masks_alone: masks without an image.
        problems: a sentence for each image or mask for which two fit, with both, by the file it is about.
    """

    pairs: tuple[tuple[str, str], ...]
    images_alone: tuple[str, ...]
    masks_alone: tuple[str, ...]
    problems: dict[str, str]


def pair(images: Mapping[str, Path], masks: Mapping[str, Path]) -> Pairing:
    """Bring images and masks together by their paths, each below its own folder and with its file.

    A mask `<name>_core` beside `<name>` belongs to the same image and is no second mask of it.
    """
    index = ImageIndex(images)
    cores = core_masks(masks)
    masks_of: dict[str, list[str]] = {}
    alone: list[str] = []
    problems: dict[str, str] = {}
    for mask, file in masks.items():
        try:
            image = index.of_mask(mask, file)
        except ParameterError as error:
            problems[mask] = str(error)
            continue
        if image is None:
            alone.append(mask)
        else:
            masks_of.setdefault(image, []).append(mask)
    pairs: list[tuple[str, str]] = []
    for image in images:
        found = masks_of.get(image, [])
        whole = [mask for mask in found if mask not in cores]
        if len(whole) > 1:
            sentence = f"{printable(image)} has several masks: {_listed(whole)}; leave one"
            problems |= dict.fromkeys(found, sentence)
        else:
            pairs += [(image, mask) for mask in found]
    in_doubt = {image for image, found in masks_of.items() if any(mask in problems for mask in found)}
    images_alone = tuple(image for image in images if image not in masks_of and image not in in_doubt)
    return Pairing(tuple(pairs), images_alone, tuple(alone), problems)


def core_masks(masks: Collection[str]) -> frozenset[str]:
    """Those of some masks that hold the cores of another one of them: `A01_core.tif` beside `A01.tif`."""
    stems = {stem_of(mask) for mask in masks}
    return frozenset(
        mask for mask in masks if _CORE_ENDING.search(stem_of(mask)) and _CORE_ENDING.sub("", stem_of(mask)) in stems
    )


def images_and_masks(images: Path, masks: Path) -> tuple[dict[str, Path], dict[str, Path]]:
    """The images below one folder and the masks below another, which may be the same one or lie in it.

    Masks beside their images are told apart by their endings or folders; no file is both.

    Returns:
        Images and masks, each with its path below its folder.
    """
    below_images = list(list_folder(images).images)
    own = masks.resolve()
    inside = own != images.resolve() and own.is_relative_to(images.resolve())
    if inside:
        below_images = [path for path in below_images if not path.resolve().is_relative_to(own)]
    relative = {path: path.relative_to(images).as_posix() for path in below_images}
    if own == images.resolve():
        chosen = [path for path in below_images if not looks_like_mask(relative[path])]
    else:
        beside = masks_among(tuple(relative.values()))
        chosen = [path for path in below_images if relative[path] not in beside]
    taken = {path.resolve() for path in chosen}
    rest = [path for path in list_folder(masks).images if path.resolve() not in taken]
    return {relative[path]: path for path in chosen}, {path.relative_to(masks).as_posix(): path for path in rest}


def _without_mask_ending(name: str) -> str:
    stem = MASK_ENDING.sub("", stem_of(name))
    path = PurePosixPath(stem)
    stem = (path.parent / MASK_BEGINNING.sub("", path.name)).as_posix() if path.name else stem
    return stem_of(stem)  # A01.tif_mask.png


def _key(name: str) -> Key:
    """The parts of a path that tell images apart."""
    path = PurePosixPath(stem_of(name).replace("\\", "/"))
    folders = [part for part in path.parent.parts if not _is_of_a_kind(part)]
    return (*(unicodedata.normalize("NFC", part) for part in folders), unicodedata.normalize("NFC", path.name))


def _is_of_a_kind(folder: str) -> bool:
    """Whether a folder's name says what lies in it, and not whose it is."""
    return folder.casefold() in IMAGE_FOLDERS or bool(MASK_FOLDER.fullmatch(folder))


def _alike(key: Key) -> Key:
    return tuple(part.casefold() for part in key)


def _ends_alike(one: Key, other: Key) -> bool:
    n = min(len(one), len(other))
    return one[-n:] == other[-n:]


def _listed(names: Sequence[str]) -> str:
    printed = [printable(name) for name in names]
    return f"{', '.join(printed[:-1])} or {printed[-1]}" if len(printed) < 5 else f"{', '.join(printed[:4])} …"
