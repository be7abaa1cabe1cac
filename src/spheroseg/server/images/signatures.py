"""What a file is by its first bytes: a quick no at the door; the reader in a worker has the last word."""

from __future__ import annotations

from dataclasses import dataclass

HEAD_BYTES = 16


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of image file.

    Attributes:
        media_type: as HTTP names it.
        suffix: usual ending of its names.
        signatures: first bytes, one of which every such file has.
    """

    media_type: str
    suffix: str
    signatures: tuple[bytes, ...]


KINDS: tuple[Kind, ...] = (
    Kind("image/png", ".png", (b"\x89PNG\r\n\x1a\n",)),
    Kind("image/jpeg", ".jpg", (b"\xff\xd8\xff",)),
    Kind("image/bmp", ".bmp", (b"BM",)),
    Kind("image/tiff", ".tif", (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")),
    Kind("application/x-nd2", ".nd2", (b"\xda\xce\xbe\x0a", b"\x00\x00\x00\x0cjP  ")),
    Kind("application/x-czi", ".czi", (b"ZISRAWFILE",)),
    Kind("application/x-lif", ".lif", (b"\x70\x00\x00\x00",)),
)


def kind_of(head: bytes) -> Kind | None:
    """The kind of a file that begins with these bytes (`HEAD_BYTES` are enough), or None."""
    return next((kind for kind in KINDS if head.startswith(kind.signatures)), None)


def suffix_of(media_type: str) -> str:
    """Usual ending of a file of this type, "" where none is known."""
    return next((kind.suffix for kind in KINDS if kind.media_type == media_type), "")
