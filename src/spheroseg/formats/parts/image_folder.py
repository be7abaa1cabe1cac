"""The images that annotations belong to: for formats that do not say how large an image is."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from spheroseg.errors import FormatError
from spheroseg.formats.parts.files import relative_name
from spheroseg.imaging import is_image_path, read_image


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
        files = [path for path in sorted(self._folder.rglob("*")) if path.is_file() and is_image_path(path)]
        self.names = tuple(path.relative_to(self._folder).as_posix() for path in files)
        self._by_key: dict[str, list[str]] = {}
        for name in self.names:
            path = PurePosixPath(name)
            # a name may come with its folders or without, with its suffix or with that of a mask
            for key in {name, str(path.with_suffix("")), path.name, path.stem}:
                self._by_key.setdefault(key, []).append(name)
        self._known: dict[str, ImageInfo] = {}

    def find(self, name: str) -> ImageInfo | None:
        """The image of that name: by its whole path, else without suffix, else by file name alone if only one fits.

        Raises:
            ImageReadError: the image is there but cannot be read.
        """
        path = relative_name(name)
        for key in (str(path), str(path.with_suffix("")), path.name, path.stem):
            matches = self._by_key.get(key, [])
            if len(matches) == 1:
                return self._info(matches[0])
        return None

    def _info(self, name: str) -> ImageInfo:
        if name not in self._known:
            image = read_image(self._folder / name)
            height, width = image.shape
            self._known[name] = ImageInfo(self._folder / name, name, width, height, image.pixel_size_um)
        return self._known[name]
