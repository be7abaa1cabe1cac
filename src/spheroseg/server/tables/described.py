"""What compute children tell of image files and sets of them: by these types it travels to the jobs that store it, and is stored."""

from __future__ import annotations

from typing import Any, NotRequired, TypedDict, final


class Identity(TypedDict):
    """Whose image it is by the file's metadata, or those beside it; "" or None where they do not say.

    Attributes:
        several: of "channel", "z" and "frame", what the image has several of: a number in its name is none of it then. It is
            not there in rows of earlier versions.
    """

    plate: str
    well: str
    field: int | None
    several: NotRequired[list[str]]


class MadeOfSet(TypedDict):
    """What an image that was put together of several files cannot say of itself."""

    pixel_size_source: str
    field: int | None
    notes: list[str]


class ImageDetails(TypedDict, total=False):
    """`details` of an image's row; before its file is read `set` alone.

    Attributes:
        file: the file's own metadata: plain JSON, cut to a sensible size.
        name: of the series.
        identity: of the series.
        frames_are: what the first axis is: "time", "page", …
        axes: how the pages were read where a person or project said it.
        colours: of the channels, as six hexadecimal digits.
        set: what is known of an image that was put together.
    """

    file: dict[str, Any]
    name: str
    identity: Identity
    frames_are: str
    axes: str
    colours: list[str]
    set: MadeOfSet


class ReadColumns(TypedDict):
    """What reading one series of a file gives, by the columns of `images`; lengths in µm, times in s."""

    width: int
    height: int
    n_series: int
    n_frames: int
    n_channels: int
    n_slices: int
    dtype: str
    significant_bits: int
    is_rgb: bool
    channel_names: list[str]
    display_ranges: list[list[float]]
    pixel_size_y_um: float | None
    pixel_size_x_um: float | None
    pixel_size_source: str
    z_step_um: float | None
    time_step_s: float | None
    notes: list[str]
    details: ImageDetails


@final
class DescribedImage(TypedDict):
    """One series of a file: its columns, the time of each frame in s (None where unknown) and a thumbnail as WebP."""

    columns: ReadColumns
    frame_times_s: list[float | None]
    thumbnail: bytes


@final
class Unread(TypedDict):
    """A series that cannot be read."""

    reason: str


class NameColumns(TypedDict):
    """What a file's name says, by the columns of `images`; `sort_keys` where it does not say it."""

    plate: str
    well: str
    well_row: int
    well_column: int
    field: int | None
    channel: str
    z_index: int | None
    time_s: float
    time_index: int | None


class SetPlate(TypedDict):
    """A plate among the files of a set."""

    name: str
    layout: str
    summary: str


@final
class SetImage(TypedDict):
    """What was read of one image of a set; `pixel_size_um` is [x, y]."""

    source: str
    series: int
    n_series: int
    name: str
    plate: str
    well: str
    field: int | None
    width: int
    height: int
    n_frames: int
    frames_are: str
    n_channels: int
    channel_names: list[str]
    n_slices: int
    pixel_size_um: list[float] | None
    pixel_size_from: str
    is_size_doubtful: bool
    z_step_um: float | None
    has_times: bool
    n_files: int
    doubts: list[str]


@final
class UnreadSetImage(TypedDict):
    """An image of a set that cannot be read."""

    source: str
    series: int
    reason: str


class LeftOut(TypedDict):
    """A file of a set that becomes no image."""

    name: str
    reason: str


class UnderstoodSet(TypedDict):
    """What files that were uploaded together are; of many images and files the first are told one by one."""

    plates: list[SetPlate]
    images: list[SetImage | UnreadSetImage]
    n_images: int
    n_unreadable: int
    left_out: list[LeftOut]
    n_left_out: int
    n_beside: int
    notes: list[str]
    asks_axes: bool
    asks_interval: bool


class SetSource(TypedDict):
    """An image of a set: how it is named, the path of its (first) file below the folder, its number of series."""

    relative: str
    file: str
    n_series: int


class TakenImage(TypedDict):
    """An image that was put together: one OME-TIFF of all that belongs to it, and what that cannot say of itself."""

    n_series: int
    name: str
    details: MadeOfSet
