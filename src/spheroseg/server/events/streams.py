"""Streams that events are passed on to: Kafka, or a stream of Redis. Each message says `event`, `topic`, `occurred_at`, `payload`."""

from __future__ import annotations

import json
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import parse_qs, unquote, urlsplit

from redis.asyncio import Redis
from redis.exceptions import RedisError

from spheroseg.server.config import SettingsError

_ANSWER_TIMEOUT_S = 10.0


class StreamAway(Exception):
    """The stream did not take the events; they are stored and sent again."""


@dataclass(frozen=True)
class Message:
    """One event.

    Attributes:
        key: what it is about (`project:<id>`, `image:<id>`, `user:<id>`): messages of one key stay in order.
        body: JSON.
    """

    key: str
    body: bytes


class Stream(Protocol):
    """A stream of messages."""

    async def publish(self, messages: Sequence[Message]) -> None:
        """Hand over messages; returns when the stream has all of them.

        Raises:
            StreamAway: it has not taken all.
        """

    async def close(self) -> None:
        """Let go of connections."""


def message(event_id: object, topic: str, occurred_at: str, payload: object) -> Message:
    """An event as a stream gets it; `event` is the same when it has to be sent twice."""
    body = {"event": str(event_id), "topic": topic, "occurred_at": occurred_at, "payload": payload}
    return Message(topic, json.dumps(body, separators=(",", ":")).encode())


def open_stream(url: str) -> Stream:
    """A stream by its URL, see the setting `stream_url`; nothing is connected yet.

    Raises:
        SettingsError: Kafka's client is not installed.
    """
    parts = urlsplit(url)
    if parts.scheme.startswith("redis"):
        return RedisStream(url.partition("?")[0], parse_qs(parts.query)["stream"][0])
    try:
        import aiokafka  # type: ignore[import-untyped]  # noqa: F401, PLC0415 -- an optional part, without types
    except ImportError:
        raise SettingsError("setting SPHEROSEG_STREAM_URL: Kafka needs pip install 'spheroseg[kafka]'") from None
    return KafkaStream(url)


class RedisStream:
    """A stream of Redis: `XADD`, the fields `key` and `event`.

    Args:
        url: redis://… or rediss://…
        name: of the stream.
    """

    def __init__(self, url: str, name: str) -> None:
        self._redis = Redis.from_url(url, socket_timeout=_ANSWER_TIMEOUT_S, socket_connect_timeout=_ANSWER_TIMEOUT_S)
        self._name = name

    async def publish(self, messages: Sequence[Message]) -> None:
        """See `Stream`; all or none of them."""
        try:
            async with self._redis.pipeline(transaction=True) as pipeline:
                for one in messages:
                    pipeline.xadd(self._name, {"key": one.key, "event": one.body})
                await pipeline.execute()
        except (RedisError, OSError) as error:
            raise StreamAway(type(error).__name__) from error

    async def close(self) -> None:
        """See `Stream`."""
        await self._redis.aclose()


class KafkaStream:
    """A topic of Kafka, or of what speaks its protocol.

    Args:
        url: kafka://host:port[,host:port…]/topic or kafka+ssl://user:password@host:port/topic (SASL PLAIN over TLS).
    """

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        hosts = parts.netloc.rpartition("@")[2]
        self._topic = parts.path.strip("/")
        self._options: dict[str, object] = {
            "bootstrap_servers": hosts.split(","),
            "acks": "all",
            "enable_idempotence": True,  # what is sent twice by the network is there once
            "request_timeout_ms": int(_ANSWER_TIMEOUT_S * 1000),
            "client_id": "spheroseg",
        }
        if parts.scheme == "kafka+ssl":
            self._options |= {"security_protocol": "SSL", "ssl_context": ssl.create_default_context()}
        if parts.username:
            self._options |= {
                "security_protocol": "SASL_SSL",
                "sasl_mechanism": "PLAIN",
                "sasl_plain_username": unquote(parts.username),
                "sasl_plain_password": unquote(parts.password or ""),
            }
        self._producer: object = None

    async def publish(self, messages: Sequence[Message]) -> None:
        """See `Stream`."""
        from aiokafka import AIOKafkaProducer  # noqa: PLC0415 -- an optional part
        from aiokafka.errors import KafkaError  # type: ignore[import-untyped]  # noqa: PLC0415 -- the same

        try:
            if self._producer is None:
                producer = AIOKafkaProducer(**self._options)
                try:
                    await producer.start()
                except BaseException:
                    await producer.stop()
                    raise
                self._producer = producer
            sent = [
                await self._producer.send(self._topic, one.body, key=one.key.encode())  # type: ignore[attr-defined]  # an optional part
                for one in messages
            ]
            for delivery in sent:
                await delivery
        except (KafkaError, OSError, TimeoutError) as error:
            await self.close()
            raise StreamAway(type(error).__name__) from error

    async def close(self) -> None:
        """See `Stream`."""
        producer, self._producer = self._producer, None
        if producer is not None:
            await producer.stop()  # type: ignore[attr-defined]  # an optional part
