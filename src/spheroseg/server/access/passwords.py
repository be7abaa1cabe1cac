"""Passwords: argon2id; bcrypt of an earlier service is accepted and replaced at the next sign-in."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

from pwdlib import PasswordHash
from pwdlib.exceptions import UnknownHashError
from pwdlib.hashers.argon2 import Argon2Hasher
from pwdlib.hashers.bcrypt import BcryptHasher

from spheroseg.server.access.errors import WeakPassword

MIN_LENGTH = 10

COMMON = frozenset(
    [
        "1234567890",
        "0123456789",
        "12345678910",
        "123456789a",
        "1q2w3e4r5t",
        "1qaz2wsx3edc",
        "qwertyuiop",
        "qwerty12345",
        "qwerty1234",
        "password12",
        "password123",
        "password1234",
        "password12345",
        "passw0rd123",
        "iloveyou123",
        "letmein123",
        "welcome123",
        "welcome1234",
        "administrator",
        "admin12345",
        "admin123456",
        "changeme123",
        "abcdefghij",
        "abc1234567",
        "abcd123456",
        "football123",
        "sunshine123",
        "princess123",
        "dragon1234",
        "superman123",
        "spheroseg123",
        "spheroid123",
        "spheroids1",
        "microscope",
        "microscopy1",
        "laboratory",
        "laboratory1",
    ]
)
"""What is tried first; the length rules out the rest of the usual lists."""

_threads = ThreadPoolExecutor(2, thread_name_prefix="passwords")
"""Each hash takes 64 MB and some 50 ms of a core: a crowd at the door must not take all of both."""


def check_strength(password: str, *personal: str) -> None:
    """Refuse passwords that are guessed first.

    Args:
        password: the new password.
        personal: the person's address and name.

    Raises:
        WeakPassword: it is short, common, monotonous, or made of the address or name.
    """
    lowered = password.casefold()
    parts = {part.casefold() for text in personal for part in (text, text.partition("@")[0]) if len(part) > 3}
    if len(password) < MIN_LENGTH:
        raise WeakPassword(f"A password has at least {MIN_LENGTH} characters")
    if (
        lowered in COMMON
        or len(set(lowered)) < 5
        or any(lowered.replace(part, "").strip("0123456789!.") == "" for part in parts)
    ):
        raise WeakPassword("This password would be among the first that are guessed")


class Passwords:
    """Hashes and verifies passwords.

    Args:
        memory_mib: memory that each argon2id hash takes.
    """

    def __init__(self, memory_mib: int) -> None:
        self._hashes = PasswordHash((Argon2Hasher(memory_cost=1024 * memory_mib), BcryptHasher()))
        self._nobodys: str | None = None

    async def hash(self, password: str) -> str:
        """The argon2id hash of a password."""
        return await asyncio.get_running_loop().run_in_executor(_threads, self._hashes.hash, password)

    async def verify(self, password: str, stored: str | None) -> tuple[bool, str | None]:
        """Whether a password is right, and a newer hash where the stored one is of an older kind.

        Takes as long when there is no account or no password: time must not tell which addresses have one.

        Args:
            password: as it was typed.
            stored: the hash; `None` when there is none.
        """
        if self._nobodys is None:
            self._nobodys = await self.hash("nobody has this password")
        try:
            is_right, newer = await asyncio.get_running_loop().run_in_executor(
                _threads, self._hashes.verify_and_update, password, stored if stored is not None else self._nobodys
            )
        except (UnknownHashError, ValueError):  # bcrypt refuses more than 72 bytes
            return False, None
        return (True, newer) if is_right and stored is not None else (False, None)
