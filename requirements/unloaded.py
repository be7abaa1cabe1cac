"""Cuts from compiled libraries what no program ever loads: `python unloaded.py SITE-PACKAGES`.

Many wheels carry the compiler's debug sections and symbol tables. They lie behind the last loaded segment of an ELF file and
only the section table, which the loader does not read, names them; both go. A file is written anew and put in place of the
old one, because installers link to files of their caches. Other kinds of files, and systems without ELF, are left alone.
"""

from __future__ import annotations

import struct
import sys
from pathlib import Path

ELF_64_LITTLE = b"\x7fELF\x02\x01"
HEADER_BYTES = 64


def loaded_bytes(path: Path) -> int | None:
    """Where the last segment of a 64-bit ELF file ends; None for any other file, and for one that is only linked."""
    with path.open("rb") as file:
        header = file.read(HEADER_BYTES)
        if len(header) < HEADER_BYTES or not header.startswith(ELF_64_LITTLE):
            return None
        (table_at,) = struct.unpack_from("<Q", header, 32)
        entry_bytes, count = struct.unpack_from("<HH", header, 54)
        file.seek(table_at)
        table = file.read(entry_bytes * count)
    if count == 0:
        return None
    ends = [HEADER_BYTES, table_at + len(table)]
    for number in range(count):
        offset, _, _, size = struct.unpack_from("<QQQQ", table, number * entry_bytes + 8)
        ends.append(offset + size)
    return max(ends)


def cut(path: Path) -> int:
    """Write the file without what is never loaded; by how many bytes it shrank."""
    end, whole = loaded_bytes(path), path.stat().st_size
    if end is None or end >= whole:
        return 0
    content = bytearray(path.read_bytes()[:end])
    struct.pack_into("<Q", content, 40, 0)  # where the section table was, …
    struct.pack_into("<HHH", content, 58, 0, 0, 0)  # … its entries' size, their number, and the table of their names
    smaller = path.with_name(f".{path.name}.smaller")
    smaller.write_bytes(content)
    smaller.chmod(path.stat().st_mode)
    smaller.replace(path)
    return whole - end


def main() -> None:
    """Cut every library below a folder."""
    libraries = [path for path in Path(sys.argv[1]).rglob("*") if path.is_file() and not path.is_symlink()]
    saved = sum(cut(path) for path in libraries)
    print(f"unloaded: {saved / 1e6:.0f} MB of debug sections removed")


if __name__ == "__main__":
    main()
