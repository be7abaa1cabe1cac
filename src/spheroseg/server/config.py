"""Settings of the service: environment `SPHEROSEG_*`, a settings file, a secrets folder; checked once, at start.

Order, first wins: arguments, environment, the file named by `SPHEROSEG_SETTINGS_FILE` (else `spheroseg.env` in the
working folder), one file a setting in the folder `SPHEROSEG_SECRETS_DIR` (as Docker and Kubernetes mount secrets).
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import parse_qs, urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, DotEnvSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict

from spheroseg.errors import SpheroSegError

PREFIX = "SPHEROSEG_"
STATUS_FILE = "SPHEROSEG_STATUS_FILE"
"""Where the supervisor of `serve` says which processes run; for its children."""

NOT_SETTINGS = frozenset(
    {
        STATUS_FILE,
        "SPHEROSEG_SETTINGS_FILE",
        "SPHEROSEG_SECRETS_DIR",
        "SPHEROSEG_REMOTE_URL",
        "SPHEROSEG_REMOTE_TOKEN",
        "SPHEROSEG_BACKUP_RECIPIENT",
    }
)
"""Variables with our prefix that are no settings: where settings are, what `spheroseg remote` talks to, to whom backups are encrypted."""


_RENAMED = {
    "SPHEROSEG_WORKER_HEAVY_CONCURRENCY": "SPHEROSEG_WORKER_COMPUTE_CONCURRENCY",
    "SPHEROSEG_WORKER_LIGHT_CONCURRENCY": "SPHEROSEG_WORKER_BACKGROUND_CONCURRENCY",
}


class SettingsError(SpheroSegError):
    """A setting that is missing, unknown or makes no sense; one line, fit to be the last words of the process."""


class OidcProvider(BaseModel):
    """A provider of OpenID Connect sign-in (discovery document at `<issuer>/.well-known/openid-configuration`)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$")]
    label: str = ""
    issuer: str
    client_id: str
    client_secret: SecretStr
    scope: str = "openid email profile"


def default_data_dir() -> Path:
    """Folder of the one-command default: a system folder for root, the user's own data folder otherwise."""
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        return Path("/var/lib/spheroseg")
    base = os.environ.get("XDG_DATA_HOME")
    return Path(base) / "spheroseg" if base else Path.home() / ".local" / "share" / "spheroseg"


class Settings(BaseSettings):
    """Everything that can be set; see the module for where values come from."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="ignore", frozen=True, validate_default=True)

    # where things are
    data_dir: Path = Field(default_factory=default_data_dir)
    database_url: SecretStr | None = None
    redis_url: SecretStr | None = None
    storage_url: SecretStr | None = None
    public_url: str = "http://127.0.0.1:8000"
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8000
    environment: Literal["local", "production"] = "local"
    secret_key: SecretStr | None = None
    """Signs access tokens and CSRF tokens; at least 32 characters. Made and stored in `data_dir` where none is set."""

    # database
    database_direct_url: SecretStr | None = None
    """Where `database_url` leads to a pooler (PgBouncer in transaction mode): the database itself, for the queue, events and migrations."""
    database_reading_url: SecretStr | None = None
    """A replica, for requests that only read; they go to the database itself while it lags or is away."""
    database_pool_size: Annotated[int, Field(ge=1, le=200)] = 10
    statement_timeout_ms: Annotated[int, Field(ge=100)] = 30_000
    lock_timeout_ms: Annotated[int, Field(ge=10)] = 5_000

    # other systems
    stream_url: SecretStr | None = None
    """Where events go: kafka://host:9092,host2:9092/topic, kafka+ssl://user:password@host:9093/topic, redis://host:6379/0?stream=name."""
    mirror_url: SecretStr | None = None
    """Folder or bucket where the measures of all projects are stored as Parquet, for DuckDB, ClickHouse and their like."""

    # logs and traces
    log_format: Literal["json", "console"] = "json"
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_file: Path | None = None
    log_max_bytes: Annotated[int, Field(ge=10_000)] = 20_000_000
    log_backups: Annotated[int, Field(ge=0, le=1000)] = 5
    otlp_endpoint: str | None = None
    sentry_dsn: SecretStr | None = None
    """Where errors that nobody foresaw are told (Sentry, GlitchTip): their traceback without values of variables, and the request's id."""
    metrics_token: SecretStr | None = None
    metrics_port: Annotated[int | None, Field(ge=1, le=65535)] = None
    """Where a worker, or a backup that is made regularly, tells its measures; the API tells its own at /metrics."""

    # mail: smtp://user:password@host:587 (STARTTLS), smtps://host:465, smtp+plain://host:25; none prints mails
    mail_url: SecretStr | None = None
    mail_from: str = "SpheroSeg <spheroseg@localhost>"

    # accounts
    sign_up: Literal["open", "invited", "closed"] = "open"
    require_verified_email: bool = False
    password_memory_mib: Annotated[int, Field(ge=1, le=4096)] = 64
    """Memory that each password hash (argon2id) takes; more makes stolen hashes harder to guess."""
    admin_emails: tuple[str, ...] = ()
    """People who administer the service from the moment they confirm one of these addresses."""
    oidc: tuple[OidcProvider, ...] = ()
    access_token_s: Annotated[int, Field(ge=10)] = 15 * 60
    session_idle_s: Annotated[int, Field(ge=60)] = 24 * 3600
    session_remember_s: Annotated[int, Field(ge=60)] = 30 * 24 * 3600
    session_cache_s: Annotated[float, Field(ge=0, le=60)] = 5.0
    """How long an API process may believe in a session without asking the database: the most a revocation can lag."""

    # limits
    rate_limits: bool = True
    trusted_proxies: tuple[str, ...] = ()
    max_request_bytes: Annotated[int, Field(ge=1024)] = 16 * 2**20
    max_upload_bytes: Annotated[int, Field(ge=1024)] = 10 * 2**30
    max_open_uploads: Annotated[int, Field(ge=1)] = 100
    """Resumable uploads that a person may have begun and not ended."""
    max_person_bytes: Annotated[int, Field(ge=1024)] = 2 * 2**40
    """Bytes of images, the trash too, that a person may have uploaded."""
    max_project_bytes: Annotated[int, Field(ge=1024)] = 4 * 2**40
    max_project_images: Annotated[int, Field(ge=1)] = 1_000_000
    max_series: Annotated[int, Field(ge=1)] = 5_000
    """Images that one file may hold."""
    min_free_bytes: Annotated[int, Field(ge=0)] = 2**30
    """Space that uploads leave on a local disk, so that everything else goes on; less is refused with 507."""
    trash_days: Annotated[int, Field(ge=0)] = 30
    audit_months: Annotated[int, Field(ge=1)] = 24

    # processes
    api_processes: Annotated[int, Field(ge=1, le=64)] = 1
    worker_compute_concurrency: Annotated[int, Field(ge=1, le=64)] = 2
    """Images, of runs, or exports that a worker works on at a time. One model serves them in turns: while it looks at one image,
    the outlines of another are traced and measured."""
    worker_background_concurrency: Annotated[int, Field(ge=1, le=64)] = 4

    # files, images, runs
    compute_processes: Annotated[int, Field(ge=1, le=64)] = 1
    """Children of an API process that render tiles, move thresholds and measure edits."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """First wins: arguments, environment, file, secrets folder."""
        del settings_cls
        return init_settings, env_settings, dotenv_settings, file_secret_settings

    @field_validator("database_url", "database_direct_url", "database_reading_url")
    @classmethod
    def _database_is_postgresql(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and urlsplit(value.get_secret_value()).scheme not in {"postgresql", "postgres"}:
            raise ValueError("must begin with postgresql://")
        return value

    @field_validator("redis_url")
    @classmethod
    def _redis_scheme(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and urlsplit(value.get_secret_value()).scheme not in {"redis", "rediss", "unix"}:
            raise ValueError("must begin with redis://, rediss:// or unix://")
        return value

    @field_validator("stream_url")
    @classmethod
    def _stream_is_known(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            parts = urlsplit(value.get_secret_value())
            is_kafka = parts.scheme in {"kafka", "kafka+ssl"} and bool(parts.netloc) and len(parts.path) > 1
            is_redis = parts.scheme in {"redis", "rediss"} and parse_qs(parts.query).keys() == {"stream"}
            if not (is_kafka or is_redis):
                raise ValueError(
                    "must look like kafka://host:9092/topic, kafka+ssl://user:password@host:9093/topic or redis://host:6379/0?stream=name"
                )
        return value

    @field_validator("mail_url")
    @classmethod
    def _mail_scheme(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            parts = urlsplit(value.get_secret_value())
            if parts.scheme not in {"smtp", "smtps", "smtp+plain"} or not parts.hostname:
                raise ValueError("must look like smtp://user:password@host:587, smtps://… or smtp+plain://…")
        return value

    @field_validator("public_url")
    @classmethod
    def _public_url_is_http(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in {"http", "https"} or not parts.netloc or parts.query or parts.fragment:
            raise ValueError("must look like https://spheroseg.example.org")
        return value.rstrip("/")

    @field_validator("secret_key")
    @classmethod
    def _secret_is_long(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and len(value.get_secret_value()) < 32:
            raise ValueError("must have at least 32 characters")
        return value

    @field_validator("data_dir")
    @classmethod
    def _data_dir_is_absolute(cls, value: Path) -> Path:
        return value.expanduser().absolute()

    @model_validator(mode="after")
    def _production_is_complete(self) -> Self:
        if self.environment == "production":
            if self.database_url is not None and self.secret_key is None:
                raise ValueError("secret_key must be set in production: every process signs with the same key")
            if urlsplit(self.public_url).scheme != "https":
                raise ValueError("public_url must begin with https:// in production")
            if any(urlsplit(provider.issuer).scheme != "https" for provider in self.oidc):
                raise ValueError("oidc: issuers must begin with https:// in production")
        return self

    @property
    def is_secure(self) -> bool:
        """Whether browsers reach us by HTTPS, so that cookies may be marked so."""
        return urlsplit(self.public_url).scheme == "https"


def load_settings(**overrides: object) -> Settings:
    """Settings from arguments, environment, file and secrets folder.

    Raises:
        SettingsError: a value makes no sense, a name with our prefix is unknown, or a named file is missing.
    """
    known = {f"{PREFIX}{name}".upper() for name in Settings.model_fields} | NOT_SETTINGS
    settings_file = os.environ.get("SPHEROSEG_SETTINGS_FILE")
    if settings_file and not Path(settings_file).is_file():
        raise SettingsError(f"SPHEROSEG_SETTINGS_FILE names {settings_file}, which is no file")
    settings_file = settings_file or "spheroseg.env"
    in_file = DotEnvSettingsSource(Settings, env_file=settings_file).env_vars
    for place, names in (("the environment", os.environ), (settings_file, in_file)):
        for name in sorted(name.upper() for name in names):
            if name.startswith(PREFIX) and name not in known:
                new = _RENAMED.get(name)
                raise SettingsError(f"unknown setting {name} in {place}" + (f": it is called {new} now" if new else ""))
    secrets_dir = os.environ.get("SPHEROSEG_SECRETS_DIR")
    if secrets_dir and not Path(secrets_dir).is_dir():
        raise SettingsError(f"SPHEROSEG_SECRETS_DIR names {secrets_dir}, which is no folder")
    try:
        return Settings(
            _env_file=settings_file,
            _secrets_dir=secrets_dir or None,
            **overrides,  # type: ignore[arg-type]  # names and types are checked by pydantic, here and now
        )
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        name = ".".join(str(part) for part in first["loc"])
        reason = first["msg"].removeprefix("Value error, ")
        raise SettingsError(f"setting {PREFIX}{name.upper()}: {reason}" if name else reason) from None
    except ValueError as error:  # pydantic-settings: JSON that cannot be read
        raise SettingsError(str(error)) from None
