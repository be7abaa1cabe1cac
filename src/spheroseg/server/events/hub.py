"""From the database's notifications to the browsers: every API process hears all of them and serves its own rooms."""

from __future__ import annotations

import asyncio
import contextlib
import json
import uuid
from collections.abc import Mapping
from http.cookies import SimpleCookie
from typing import Any

import psycopg
import socketio  # type: ignore[import-untyped]  # ships no types
import structlog
from sqlalchemy.exc import SQLAlchemyError

from spheroseg.server.access import repository
from spheroseg.server.access.actor import Actor
from spheroseg.server.access.authentication import authenticate, still
from spheroseg.server.access.errors import MissingScope
from spheroseg.server.access.roles import RANK, ProjectAccess, require
from spheroseg.server.access.services import Services
from spheroseg.server.config import Settings
from spheroseg.server.events.awareness import SENT_EVERY_S, Awareness, Cursor
from spheroseg.server.events.errors import InvalidTopic
from spheroseg.server.events.presence import ANNOUNCED_EVERY_S, Person, Presence
from spheroseg.server.http.errors import ServerError
from spheroseg.server.images.repository import project_of_image
from spheroseg.server.resources.db import new_id
from spheroseg.server.resources.emit import CHANNEL, CREDENTIALS_ENDED, encode
from spheroseg.server.resources.event import Event

_RECONNECT_S = (0.1, 0.5, 1.0, 2.0, 5.0)
_ACCESS_CHECKED_EVERY_S = 30.0
GOODBYE_S = 0.5
"""So long an answer has to leave before its connection is hung up."""

_ACCESS_CHANGES = frozenset({"members.changed", "project.deleted"})


def is_own_page(settings: Settings, origin: str | None, host: str | None) -> bool:
    """Whether a browser's connection comes of a page of this service.

    With HTTPS the page has the public address. By plain HTTP, on a laptop or in a laboratory, it may also have any name that this
    machine goes by: the one that it connects to. A page of somebody else names itself as the origin, and its own name brings no cookie.

    Args:
        settings: of this process.
        origin: scheme, host and port of the page, by the browser.
        host: host and port that it connects to.
    """
    return origin == settings.public_url or (not settings.is_secure and host is not None and origin == f"http://{host}")


log = structlog.get_logger()


class EventHub:
    """The live connections of one API process.

    A client connects with its cookie or `auth={"token": …}`, then asks `subscribe {"topic": "project:<id>"}`.
    The answer is {"ok": true}; after that it hears `event` messages of that topic and of `user:<own id>`.
    At an image it may send `cursor {"topic", "frame", "result_id", "position", "numbers"}`, and hears `cursors` of all who do.
    `resync` says that events may have been missed: read again what is on the screen.

    Args:
        state: of this process.
    """

    def __init__(self, state: Services) -> None:
        self._state = state
        self.server = socketio.AsyncServer(
            async_mode="asgi",
            cors_allowed_origins=lambda origin, asked: is_own_page(state.settings, origin, asked.get("HTTP_HOST")),
            transports=["websocket"],  # no request of a connection may reach another process
            ping_interval=20,
            ping_timeout=20,
            max_http_buffer_size=16_384,
        )
        self.asgi = socketio.ASGIApp(self.server, socketio_path="")
        self.presence = Presence(str(new_id()))
        self.awareness = Awareness()
        self._cursor_moved = asyncio.Event()
        self._may_edit: set[tuple[str, str]] = set()
        self._actors: dict[str, tuple[Actor, Person]] = {}
        self._goodbyes: set[asyncio.Task[None]] = set()
        self._sending = asyncio.Lock()
        self._sender: psycopg.AsyncConnection[Any] | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self.is_listening = asyncio.Event()
        self.server.on("connect", self._connect)
        self.server.on("disconnect", self._disconnect)
        self.server.on("subscribe", self._subscribe)
        self.server.on("unsubscribe", self._unsubscribe)
        self.server.on("cursor", self._cursor)

    async def start(self) -> None:
        """Begin to listen."""
        self._tasks = [
            asyncio.create_task(self._listen(), name="events-listen"),
            asyncio.create_task(self._announce_regularly(), name="events-presence"),
            asyncio.create_task(self._check_access_regularly(), name="events-access"),
            asyncio.create_task(self._send_cursors(), name="events-cursors"),
        ]

    async def close(self) -> None:
        """Stop listening and hang up."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []
        for connection_id in list(self._actors):
            await self.server.disconnect(connection_id)
        await self.server.shutdown()
        if self._sender is not None:
            await self._sender.close()

    # connections

    async def _connect(self, connection_id: str, environ: Mapping[str, Any], auth: object = None) -> None:
        headers = {key.decode().lower(): value.decode("latin-1") for key, value in environ["asgi.scope"]["headers"]}
        token = auth.get("token") if isinstance(auth, dict) else None
        if isinstance(token, str):
            headers["authorization"] = f"Bearer {token}"
        cookies = {name: morsel.value for name, morsel in SimpleCookie(headers.get("cookie", "")).items()}
        try:
            actor = await authenticate(self._state, headers=headers, cookies=cookies, method="GET")
            if "read" not in actor.scopes:
                raise MissingScope
            async with self._state.database.session() as session:
                name = await repository.name_of_user(session, actor.user_id)
        except ServerError as error:
            raise socketio.exceptions.ConnectionRefusedError(error.code) from None
        self._actors[connection_id] = (actor, Person(str(actor.user_id), name or ""))
        await self.server.enter_room(connection_id, f"user:{actor.user_id}")

    async def _disconnect(self, connection_id: str, *_: object) -> None:
        self._actors.pop(connection_id, None)
        for topic in self.presence.topics_of(connection_id):
            await self._absent(connection_id, topic)

    async def _subscribe(self, connection_id: str, message: object) -> dict[str, object]:
        topic = message.get("topic") if isinstance(message, dict) else None
        if not isinstance(topic, str) or connection_id not in self._actors:
            return {"ok": False, "code": "invalid"}
        actor, person = self._actors[connection_id]
        try:
            actor = await still(self._state, actor)
        except ServerError as error:
            goodbye = asyncio.create_task(self._hang_up(connection_id, error, after_s=GOODBYE_S))
            self._goodbyes.add(goodbye)
            goodbye.add_done_callback(self._goodbyes.discard)
            return {"ok": False, "code": error.code}
        try:
            access = await self._check(actor, topic)
        except ServerError as error:
            return {"ok": False, "code": error.code}
        if RANK[access.role] >= RANK["editor"]:
            self._may_edit.add((connection_id, topic))
        await self.server.enter_room(connection_id, topic)
        self.presence.join(topic, connection_id, person)
        await self._announce(topic)
        return {
            "ok": True,
            "connection_id": connection_id,
            "people": _listed(self.presence.everybody(topic)),
            "cursors": self.awareness.everybody(topic),
        }

    async def _unsubscribe(self, connection_id: str, message: object) -> dict[str, object]:
        topic = message.get("topic") if isinstance(message, dict) else None
        if not isinstance(topic, str):
            return {"ok": False, "code": "invalid"}
        await self._leave(connection_id, topic)
        return {"ok": True}

    async def _leave(self, connection_id: str, topic: str) -> None:
        await self.server.leave_room(connection_id, topic)
        await self._absent(connection_id, topic)

    async def _absent(self, connection_id: str, topic: str) -> None:
        self.presence.leave(topic, connection_id)
        self.awareness.leave(topic, connection_id)
        self._may_edit.discard((connection_id, topic))
        self._cursor_moved.set()
        await self._announce(topic)

    async def _cursor(self, connection_id: str, message: object) -> dict[str, object]:
        """A cursor moved, or objects were taken or let go; those who may not edit hold none."""
        topic = message.get("topic") if isinstance(message, dict) else None
        known = self._actors.get(connection_id)
        if not isinstance(message, dict) or not isinstance(topic, str) or known is None:
            return {"ok": False, "code": "invalid"}
        if not topic.startswith("image:") or topic not in self.presence.topics_of(connection_id):
            return {"ok": False, "code": "not_subscribed"}
        if (connection_id, topic) not in self._may_edit:
            message = message | {"numbers": []}
        cursor = Cursor.read(connection_id, known[1], message)
        if cursor is None:
            return {"ok": False, "code": "invalid"}
        self.awareness.move(topic, cursor)
        self._cursor_moved.set()
        return {"ok": True}

    async def _check(self, actor: Actor, topic: str) -> ProjectAccess:
        """Raise what the API would say to this person about this project or image."""
        kind, _, name = topic.partition(":")
        try:
            subject_id = uuid.UUID(name)
        except ValueError:
            raise InvalidTopic(f"{topic[:60]} names no project and no image") from None
        async with self._state.database.session() as session:
            if kind == "image":
                subject_id = await project_of_image(session, subject_id)
            elif kind != "project":
                raise InvalidTopic(f"{topic[:60]} names no project and no image")
            return await require(session, actor, subject_id, "viewer")

    # notifications

    async def _listen(self) -> None:
        failures = 0
        url = self._state.database.listening_url
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(
                    url, autocommit=True, application_name="spheroseg-events", keepalives_idle=30
                ) as connection:
                    await connection.execute(f"LISTEN {CHANNEL}")
                    # whatever happened before this moment may have been missed
                    self._state.cache.forget_everything()
                    await self.server.emit("resync", {})
                    self.is_listening.set()
                    failures = 0
                    async for notification in connection.notifies():
                        await self._hear(notification.payload)
            except (psycopg.Error, OSError) as error:
                self.is_listening.clear()
                pause_s = _RECONNECT_S[min(failures, len(_RECONNECT_S) - 1)]
                failures += 1
                log.warning("events_lost", reason=type(error).__name__, again_after_s=pause_s)
                await asyncio.sleep(pause_s)

    async def _hear(self, text: str) -> None:
        try:
            message = json.loads(text)
            event_id, topic, payload = message["event"], message["topic"], message["payload"]
        except (ValueError, KeyError, TypeError):
            log.warning("event_unreadable")
            return
        if payload.get("type") == "presence":
            people = [Person(*pair) for pair in payload["people"]]
            self.presence.hear(topic, payload["process"], people)
            await self.server.emit("event", _presence_event(topic, self.presence.everybody(topic)), room=topic)
            return
        if payload.get("type") == "cursor":
            if payload["process"] != self.presence.process_id:
                sent = payload["cursor"]
                self.awareness.hear(topic, payload["connection_id"], None if sent is None else Cursor.from_json(sent))
                self._cursor_moved.set()
            return
        if payload.get("type") == CREDENTIALS_ENDED:
            user_id = uuid.UUID(topic.removeprefix("user:"))
            self._state.known_actors.forget_user(user_id)
            await self._check_people(user_id)
        project_id = payload.get("project_id")
        for scope in {topic.removeprefix("project:"), project_id}:
            if scope:
                self._state.cache.forget(scope, event_id)
        await self.server.emit("event", {"topic": topic, **payload}, room=topic)
        if payload.get("type") in _ACCESS_CHANGES:
            await self.check_access()

    # presence and access

    async def _announce(self, topic: str) -> None:
        """Tell all processes, ours included, whom we serve at this topic."""
        people = _pairs(self.presence.here(topic))
        # the payload has room for about a hundred; a longer list names the first
        payload: Event = {"type": "presence", "id": topic, "process": self.presence.process_id, "people": people[:80]}
        await self._notify(topic, payload)

    async def _notify(self, topic: str, payload: Event) -> None:
        async with self._sending:
            try:
                if self._sender is None or self._sender.closed:
                    self._sender = await psycopg.AsyncConnection.connect(
                        self._state.database.listening_url, autocommit=True, application_name="spheroseg-events"
                    )
                await self._sender.execute("SELECT pg_notify(%s, %s)", (CHANNEL, encode(topic, payload)))
            except (psycopg.Error, OSError):
                self._sender = None  # told again with the next regular announcement

    async def _announce_regularly(self) -> None:
        while True:
            await asyncio.sleep(ANNOUNCED_EVERY_S)
            self.presence.forget_silent()
            self.awareness.forget_silent()
            self.awareness.repeat()
            self._cursor_moved.set()
            for topic in self.presence.topics_here():
                await self._announce(topic)

    async def _send_cursors(self) -> None:
        """What moved, ten times a second to our browsers and twice a second to other processes; nothing while all rest."""
        while True:
            await self._cursor_moved.wait()
            self._cursor_moved.clear()
            while self.awareness.is_waiting:
                for topic in self.awareness.unsent():
                    people = self.awareness.everybody(topic)
                    await self.server.emit("cursors", {"topic": topic, "people": people}, room=topic)
                for topic, connection_id, cursor in self.awareness.unannounced():
                    payload: Event = {
                        "type": "cursor",
                        "id": topic,
                        "process": self.presence.process_id,
                        "connection_id": connection_id,
                        "cursor": None if cursor is None else cursor.to_json(),
                    }
                    await self._notify(topic, payload)
                await asyncio.sleep(SENT_EVERY_S)

    async def _check_access_regularly(self) -> None:
        while True:
            await asyncio.sleep(_ACCESS_CHECKED_EVERY_S)
            with contextlib.suppress(psycopg.Error, SQLAlchemyError, OSError):
                await self._check_people()
                await self.check_access()

    async def _check_people(self, user_id: uuid.UUID | None = None) -> None:
        """Hang up whose session or token is over, of one person or of everybody."""
        for connection_id, (actor, _) in list(self._actors.items()):
            if user_id in {None, actor.user_id}:
                try:
                    await still(self._state, actor)
                except ServerError as error:
                    await self._hang_up(connection_id, error)

    async def _hang_up(self, connection_id: str, error: ServerError, *, after_s: float = 0.0) -> None:
        # from all rooms first: nothing more may be heard, however long saying goodbye takes
        for topic in self.presence.topics_of(connection_id):
            await self._leave(connection_id, topic)
        if (known := self._actors.get(connection_id)) is not None:
            await self.server.leave_room(connection_id, f"user:{known[0].user_id}")
        await self.server.emit("closed", {"topic": "session", "code": error.code}, to=connection_id)
        await asyncio.sleep(after_s)
        await self.server.disconnect(connection_id)

    async def check_access(self) -> None:
        """Take people out of rooms that they may no longer see."""
        for connection_id, (actor, _) in list(self._actors.items()):
            for topic in self.presence.topics_of(connection_id):
                try:
                    access = await self._check(actor, topic)
                    if RANK[access.role] < RANK["editor"]:
                        self._may_edit.discard((connection_id, topic))
                except ServerError as error:
                    await self._leave(connection_id, topic)
                    await self.server.emit("closed", {"topic": topic, "code": error.code}, to=connection_id)


def _listed(people: list[Person]) -> list[dict[str, str]]:
    return [{"id": person.user_id, "name": person.name} for person in people]


def _pairs(people: list[Person]) -> list[list[str]]:
    return [[person.user_id, person.name[:60]] for person in people]


def _presence_event(topic: str, people: list[Person]) -> dict[str, object]:
    return {"topic": topic, "type": "presence", "id": topic, "people": _listed(people)}
