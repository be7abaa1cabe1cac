"""The images that annotations belong to: for formats that do not say how large an image is."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from spheroseg.errors import FormatError, ParameterError
from spheroseg.formats.parts.files import relative_name
from spheroseg.imaging import read_image
from spheroseg.imaging.folder import list_folder
from spheroseg.imaging.pairing import ImageIndex, masks_among


@dataclass(frozen=True, slots=True)
class ImageInfo:
    """An image file and what annotations need to know of it.

    Attributes:
        path: the file.
        name: its path below the folder, with forward slashes.
        width: in pixels.
        height: in pixels.
        pixel_size_um: (y, x), or None where the file does not say.
    """

    path: Path
    name: str
    width: int
    height: int
    pixel_size_um: tuple[float, float] | None


class ImageFolder:
    """Finds image files below a folder by the names that annotation files use.

    Args:
        folder: searched at any depth.

    Raises:
        FormatError: there is no such folder.
    """

    def __init__(self, folder: Path | str) -> None:
        self._folder = Path(folder)
        if not self._folder.is_dir():
            raise FormatError(self._folder, "there is no such folder of images")
        files = list_folder(self._folder).images
        names = [path.relative_to(self._folder).as_posix() for path in files]
        masks = masks_among(names)
        self.names = tuple(name for name in names if name not in masks)
        self._index = ImageIndex({name: self._folder / name for name in self.names})
        self._known: dict[str, ImageInfo] = {}

    def find(self, name: str, *, is_mask: bool = False) -> ImageInfo | None:
        """The image of that name, see `imaging.pairing`.

        Args:
            name: as an annotation file or a mask has it, with folders or without.
            is_mask: the name's suffix is that of a mask.

        Raises:
            FormatError: several images fit; the reason names them.
            ImageReadError: the image is there but cannot be read.
        """
        try:
            found = self._index.of_mask(name) if is_mask else self._index.of_name(str(relative_name(name)))
        except ParameterError as error:
            raise FormatError(self._folder, str(error)) from error
        return None if found is None else self._info(found)

    def _info(self, name: str) -> ImageInfo:
        if name not in self._known:
            image = read_image(self._folder / name)
            height, width = image.shape
            self._known[name] = ImageInfo(self._folder / name, name, width, height, image.pixel_size_um)
        return self._known[name]
