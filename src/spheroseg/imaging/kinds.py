"""The kinds of image files that are read: one list for the readers, the command line, the service and its web page.

What a file is, its first bytes decide, not its name; the name only says whether it is worth a look.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

#: This many first bytes of a file tell its kind.
HEAD_BYTES = 128


@dataclass(frozen=True, slots=True)
class ImageKind:
    """One kind of image file.

    Attributes:
        name: as people call it.
        media_type: as HTTP names it.
        suffixes: endings of its names, lower case, the usual one first.
        signatures: bytes, one of which every such file has; () where only the ending tells it.
        offset: where these bytes stand.
        extra: what has to be installed to read it (`pip install spheroseg[EXTRA]`), "" for nothing.
    """

    name: str
    media_type: str
    suffixes: tuple[str, ...]
    signatures: tuple[bytes, ...] = ()
    offset: int = 0
    extra: str = ""

    def begins(self, head: bytes) -> bool:
        """Whether a file that begins with these bytes is one."""
        return bool(self.signatures) and head[self.offset :].startswith(self.signatures)


IMAGE_KINDS: tuple[ImageKind, ...] = (
    ImageKind("PNG", "image/png", (".png",), (b"\x89PNG\r\n\x1a\n",)),
    ImageKind("JPEG", "image/jpeg", (".jpg", ".jpeg", ".jpe"), (b"\xff\xd8\xff",)),
    ImageKind("BMP", "image/bmp", (".bmp", ".dib"), (b"BM",)),
    ImageKind(
        "TIFF",
        "image/tiff",
        (".tif", ".tiff", ".btf", ".tf8", ".stk", ".lsm", ".svs", ".qptiff"),
        (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"),
    ),
    ImageKind("ND2", "application/x-nd2", (".nd2",), (b"\xda\xce\xbe\x0a", b"\0\0\0\x0cjP  \r\n\x87\n")),
    ImageKind("CZI", "application/x-czi", (".czi",), (b"ZISRAWFILE",)),
    ImageKind("LIF", "application/x-lif", (".lif", ".lof"), (b"\x70\0\0\0",)),
    ImageKind("XLEF", "application/x-xlef", (".xlef", ".xlif")),
    ImageKind("OIB", "application/x-oib", (".oib",), (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",), extra="formats"),
    ImageKind("OIF", "application/x-oif", (".oif",), extra="formats"),
    ImageKind("OIR", "application/x-oir", (".oir",), (b"OLYMPUSRAWFORMAT",), extra="formats"),
    ImageKind("VSI", "application/x-vsi", (".vsi",), extra="vsi"),
    ImageKind(
        "HEIC",
        "image/heic",
        (".heic", ".heif"),
        (b"ftypheic", b"ftypheix", b"ftyphevc", b"ftypheim", b"ftyphevm", b"ftypmif1", b"ftypmsf1"),
        offset=4,
        extra="formats",
    ),
    # last, because two bytes are little
    ImageKind("DV", "application/x-dv", (".dv", ".r3d"), (b"\xa0\xc0", b"\xc0\xa0"), offset=96, extra="formats"),
)
#: A folder, which no first bytes tell and which is not uploaded as one file.
OME_ZARR = ImageKind("OME-Zarr", "application/x-zarr", (".zarr",))
IMAGE_SUFFIXES = frozenset(suffix for kind in (*IMAGE_KINDS, OME_ZARR) for suffix in kind.suffixes)


def is_image_path(path: Path | str) -> bool:
    """Whether the name ends like an image that SpheroSeg reads (nothing is opened)."""
    return Path(path).suffix.lower() in IMAGE_SUFFIXES


def kind_of(head: bytes, name: str = "") -> ImageKind | None:
    """The kind of a file that begins with these bytes (`HEAD_BYTES` are enough), or None.

    Args:
        head: first bytes.
        name: of the file; a few kinds are told by their ending alone, since others begin like them.
    """
    lower = name.lower()
    named = next((kind for kind in IMAGE_KINDS if not kind.signatures and lower.endswith(kind.suffixes)), None)
    return named or next((kind for kind in IMAGE_KINDS if kind.begins(head)), None)


def suffix_of(media_type: str) -> str:
    """Usual ending of a file of this type, "" where none is known."""
    return next((kind.suffixes[0] for kind in IMAGE_KINDS if kind.media_type == media_type), "")
