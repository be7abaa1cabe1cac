"""The kinds of image files that are read: one list for the readers, the command line, the service and its web page.

What a file is, its first bytes decide, not its name; the name only says whether it is worth a look.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

#: This many first bytes of a file tell its kind.
HEAD_BYTES = 16


@dataclass(frozen=True, slots=True)
class ImageKind:
    """One kind of image file.

    Attributes:
        name: as people call it.
        media_type: as HTTP names it.
        suffixes: endings of its names, lower case, the usual one first.
        signatures: first bytes, one of which every such file has.
    """

    name: str
    media_type: str
    suffixes: tuple[str, ...]
    signatures: tuple[bytes, ...]


IMAGE_KINDS: tuple[ImageKind, ...] = (
    ImageKind("PNG", "image/png", (".png",), (b"\x89PNG\r\n\x1a\n",)),
    ImageKind("JPEG", "image/jpeg", (".jpg", ".jpeg", ".jpe"), (b"\xff\xd8\xff",)),
    ImageKind("BMP", "image/bmp", (".bmp", ".dib"), (b"BM",)),
    ImageKind(
        "TIFF",
        "image/tiff",
        (".tif", ".tiff", ".btf", ".tf8", ".stk", ".lsm"),
        (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"),
    ),
    ImageKind("ND2", "application/x-nd2", (".nd2",), (b"\xda\xce\xbe\x0a", b"\0\0\0\x0cjP  \r\n\x87\n")),
    ImageKind("CZI", "application/x-czi", (".czi",), (b"ZISRAWFILE",)),
    ImageKind("LIF", "application/x-lif", (".lif",), (b"\x70\0\0\0",)),
)
#: A folder, which no first bytes tell and which is not uploaded as one file.
OME_ZARR = ImageKind("OME-Zarr", "application/x-zarr", (".zarr",), ())
IMAGE_SUFFIXES = frozenset(suffix for kind in (*IMAGE_KINDS, OME_ZARR) for suffix in kind.suffixes)


def is_image_path(path: Path | str) -> bool:
    """Whether the name ends like an image that SpheroSeg reads (nothing is opened)."""
    return Path(path).suffix.lower() in IMAGE_SUFFIXES


def kind_of(head: bytes) -> ImageKind | None:
    """The kind of a file that begins with these bytes (`HEAD_BYTES` are enough), or None."""
    return next((kind for kind in IMAGE_KINDS if head.startswith(kind.signatures)), None)


def suffix_of(media_type: str) -> str:
    """Usual ending of a file of this type, "" where none is known."""
    return next((kind.suffixes[0] for kind in IMAGE_KINDS if kind.media_type == media_type), "")
