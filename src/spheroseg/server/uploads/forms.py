"""Files out of a multipart form (RFC 7578), one piece at a time: nothing is collected in memory or on disk."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import MultipartParser, parse_options_header

from spheroseg.server.images.errors import BadUpload

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

_MAX_FIELDS = 100
_MAX_FIELDS_BYTES = 64 * 1024
"""Of all text fields of a form, with their names; nobody needs more than a few."""
_MAX_HEADER_BYTES = 8192


@dataclass(slots=True)
class FilePart:
    """One file of a form; read `pieces` to its end before asking for the next one.

    Attributes:
        name: the file's name as sent, with its folders if the client sent them.
        field: name of the form's field.
        pieces: the content.
    """

    name: str
    field: str
    pieces: AsyncIterator[bytes]


@dataclass(slots=True)
class _Begin:
    name: str
    file_name: str | None


class _Mark(Enum):
    PART_END = 1
    FORM_END = 2


_Happening = _Begin | bytes | _Mark


@dataclass(slots=True)
class Form:
    """A form that is being read.

    Attributes:
        fields: small text fields that have been read so far.
    """

    fields: dict[str, str] = field(default_factory=dict)
    _n_fields: int = 0
    _fields_bytes: int = 0
    _happened: deque[_Happening] = field(default_factory=deque)
    _header_field: bytearray = field(default_factory=bytearray)
    _header_value: bytearray = field(default_factory=bytearray)
    _headers: dict[str, str] = field(default_factory=dict)

    async def files(self, content_type: str | None, body: AsyncIterator[bytes]) -> AsyncIterator[FilePart]:
        """The files of a request's body, in order.

        Args:
            content_type: the request's header.
            body: the request's body in pieces.

        Raises:
            BadUpload: the body is no multipart form, or ends too early.
        """
        parser = MultipartParser(_boundary(content_type), self._callbacks())
        source = aiter(body)

        async def following() -> _Happening:
            while not self._happened:
                piece = await anext(source, None)
                if piece is None:
                    raise BadUpload("the form ends too early")
                try:
                    parser.write(piece)
                except MultipartParseError as error:
                    raise BadUpload(f"the form is broken ({error})") from error
            return self._happened.popleft()

        async def content() -> AsyncIterator[bytes]:
            while isinstance(piece := await following(), bytes):
                yield piece

        while isinstance(begin := await following(), _Begin):
            pieces = content()
            if begin.file_name is None:
                await self._read_field(begin.name, pieces)
            else:
                yield FilePart(begin.file_name, begin.name, pieces)
                async for _ in pieces:  # what the caller left unread
                    pass
        async for _ in source:  # what follows the form's end means nothing
            pass

    async def _read_field(self, name: str, pieces: AsyncIterator[bytes]) -> None:
        self._n_fields += 1
        if self._n_fields > _MAX_FIELDS:
            raise BadUpload(f"the form has more than {_MAX_FIELDS} fields")
        self._fields_bytes += len(name.encode())
        collected = bytearray()
        async for piece in pieces:
            self._fields_bytes += len(piece)
            if self._fields_bytes > _MAX_FIELDS_BYTES:
                raise BadUpload(f"the fields of the form have more than {_MAX_FIELDS_BYTES // 1024} kB")
            collected += piece
        self.fields[name] = collected.decode("utf-8", "replace")

    def _callbacks(self) -> MultipartCallbacks:
        def add(collected: bytearray, data: bytes, start: int, end: int) -> None:
            collected += data[start:end]
            if len(collected) > _MAX_HEADER_BYTES:
                raise BadUpload("a header of the form is too long")

        def header_end() -> None:
            self._headers[self._header_field.decode("latin-1").lower()] = self._header_value.decode("latin-1")
            self._header_field.clear()
            self._header_value.clear()

        def headers_finished() -> None:
            self._happened.append(_begin(self._headers.get("content-disposition", "")))
            self._headers = {}

        return {
            "on_header_field": lambda data, start, end: add(self._header_field, data, start, end),
            "on_header_value": lambda data, start, end: add(self._header_value, data, start, end),
            "on_header_end": header_end,
            "on_headers_finished": headers_finished,
            "on_part_data": lambda data, start, end: self._happened.append(data[start:end]),
            "on_part_end": lambda: self._happened.append(_Mark.PART_END),
            "on_end": lambda: self._happened.append(_Mark.FORM_END),
        }


def _boundary(content_type: str | None) -> bytes:
    kind, options = parse_options_header(content_type)
    boundary = options.get(b"boundary")
    if kind != b"multipart/form-data" or not boundary or len(boundary) > 200:
        raise BadUpload("the body must be multipart/form-data with a boundary")
    return boundary


def _begin(disposition: str) -> _Begin:
    kind, options = parse_options_header(disposition)
    if kind != b"form-data" or b"name" not in options:
        raise BadUpload("a part of the form has no name")
    file_name = options.get(b"filename")
    return _Begin(
        options[b"name"].decode("utf-8", "replace"), None if file_name is None else file_name.decode("utf-8", "replace")
    )
