"""Kinds of image files that are known and not read, each with the sentence that helps.

A file whose pixels lie elsewhere, or whose first page is only an overview, must not be shown as if it were the image.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class OtherKind:
    """One kind.

    Attributes:
        name: as people call it.
        suffixes: endings, lower case.
        reason: what to do instead, the end of the sentence "a NAME file: …".
        signatures: first bytes that show it whatever its ending is.
    """

    name: str
    suffixes: tuple[str, ...]
    reason: str
    signatures: tuple[bytes, ...] = ()


OTHER_KINDS: tuple[OtherKind, ...] = (
    OtherKind(
        "cellSens ETS", (".ets",),
        "it holds the pixels of the .vsi file beside its folder; read that one, or export it as OME-TIFF from cellSens or OlyVIA",
    ),
    OtherKind(
        "raw camera", (".cr2", ".cr3", ".nef", ".arw", ".dng", ".orf", ".rw2", ".raf", ".pef", ".srw"),
        "sensor values need developing, and only its small preview could be shown; save it as 16-bit TIFF from the camera's program",
        (b"IIRO", b"IIRS", b"IIU\0", b"FUJIFILMCCD-RAW"),
    ),
    OtherKind("Imaris", (".ims",), "it is not read; export it as OME-TIFF from Imaris (File, Export series)", (b"\x89HDF\r\n\x1a\n",)),
    OtherKind("ICS", (".ics", ".ids"), "it is not read; export it as OME-TIFF from the program that wrote it", (b"ics_version",)),
    OtherKind("MRC", (".mrc", ".rec", ".st", ".map"), "it is not read; convert it to TIFF (mrc2tif of IMOD)"),
    OtherKind("CellWorx or CellInsight C01", (".c01", ".pnl"), "it is not read; export the plate as TIFF from the instrument's program"),
    OtherKind("Olympus POIR", (".poir", ".mpoir"), "it is a ZIP archive of OIR files; unpack it and give these"),
    OtherKind("Leica XLLF", (".xllf",), "it describes a folder; give the .xlef or .xlif file beside it"),
    OtherKind("Zeiss ZVI", (".zvi",), "it is not read; open it in ZEN and save it as CZI"),
    OtherKind("AVIF", (".avif",), "it is not read; save it as PNG or TIFF"),
    OtherKind("JPEG 2000", (".jp2", ".j2k", ".jpx", ".jpf"), "it is not read; save it as TIFF or PNG", (b"\xff\x4f\xff\x51",)),
    OtherKind("GIF", (".gif",), "it holds 256 colours and no measurements; export the image as TIFF or PNG", (b"GIF87a", b"GIF89a")),
    OtherKind("WebP", (".webp",), "it is not read; save it as PNG"),
    OtherKind("video", (".avi", ".mp4", ".mov", ".mkv", ".wmv"), "it is not read; export its frames as a TIFF stack"),
    OtherKind("slide scanner", (".mrxs", ".scn", ".bif", ".vms", ".ndpi"), "it is not read; export the region as OME-TIFF"),
    OtherKind("Leica LEI", (".lei",), "it describes TIFF files; give the folder of these, or save it as LIF"),
    OtherKind("Opera Flex", (".flex",), "it is not read; export the plate as TIFF from Columbus or Acapella"),
    OtherKind("SlideBook", (".sld", ".sldy"), "it is not read; export it as OME-TIFF from SlideBook"),
    OtherKind("Volocity", (".mvd2", ".acff"), "it is not read; export it as OME-TIFF from Volocity"),
    OtherKind("DigitalMicrograph", (".dm3", ".dm4"), "it is not read; export it as TIFF"),
    OtherKind("NumPy", (".npy", ".npz"), "it has no scale and no names of axes; save it as OME-TIFF (tifffile.imwrite) or read it in Python"),
    OtherKind("HDF5", (".h5", ".hdf5", ".he5"), "it may hold anything; export the image as OME-TIFF"),
    OtherKind("volume", (".nii", ".nii.gz", ".nrrd", ".nhdr", ".mha", ".mhd"), "it is not read; save it as OME-TIFF"),
    OtherKind("FITS", (".fits", ".fit"), "it is not read; save it as TIFF", (b"SIMPLE  =",)),
    OtherKind("Netpbm", (".pgm", ".ppm", ".pbm", ".pnm"), "it is not read; save it as PNG or TIFF"),
    OtherKind("JPEG XL or JPEG XR", (".jxl", ".jxr", ".wdp", ".hdp"), "it is not read; save it as PNG or TIFF"),
    OtherKind("picture", (".exr", ".hdr", ".tga", ".pcx"), "it is not read; save it as PNG or TIFF"),
    OtherKind("DICOM", (".dcm",), "it is not read; export it as TIFF"),
    OtherKind("Photoshop", (".psd",), "it is not read; save it as TIFF", (b"8BPS",)),
)  # fmt: skip
"""Asked in this order, by the ending first."""


def other_kind(name: str, head: bytes = b"") -> OtherKind | None:
    """The kind of a file that is not read, by its name and first bytes; None for any other."""
    lower = name.lower()
    for kind in OTHER_KINDS:
        if lower.endswith(kind.suffixes):
            return kind
    return next((kind for kind in OTHER_KINDS if kind.signatures and head.startswith(kind.signatures)), None)
