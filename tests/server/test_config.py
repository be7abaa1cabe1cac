"""Settings: where they come from, and that a wrong one is one clear line."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from spheroseg.server.config import Settings, SettingsError, load_settings


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in os.environ:
        if name.startswith("SPHEROSEG_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def test_nothing_has_to_be_set() -> None:
    settings = load_settings()
    assert (settings.host, settings.port, settings.environment) == ("127.0.0.1", 8000, "local")
    assert settings.data_dir.is_absolute()


def test_first_wins_arguments_environment_file_secrets(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    secrets = tmp_path / "secrets"
    secrets.mkdir()
    for name, value in {"port": "1", "host": "2.2.2.2", "log_level": "error", "mail_from": "secret@x.org"}.items():
        (secrets / f"SPHEROSEG_{name.upper()}".lower()).write_text(value)
    (tmp_path / "my.env").write_text("SPHEROSEG_PORT=3\nSPHEROSEG_HOST=3.3.3.3\nSPHEROSEG_LOG_LEVEL=debug\n")
    monkeypatch.setenv("SPHEROSEG_SECRETS_DIR", str(secrets))
    monkeypatch.setenv("SPHEROSEG_SETTINGS_FILE", str(tmp_path / "my.env"))
    monkeypatch.setenv("SPHEROSEG_HOST", "4.4.4.4")
    settings = load_settings(port=5)
    assert (settings.port, settings.host, settings.log_level, settings.mail_from) == (
        5,
        "4.4.4.4",
        "debug",
        "secret@x.org",
    )


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("PORT", "eighty", "SPHEROSEG_PORT"),
        ("PORT", "70000", "SPHEROSEG_PORT"),
        ("DATABASE_URL", "mysql://x", "postgresql://"),
        ("REDIS_URL", "http://x", "redis://"),
        ("MAIL_URL", "mail.example.org", "smtp://"),
        ("PUBLIC_URL", "example.org", "https://"),
        ("SECRET_KEY", "short", "32 characters"),
        ("OIDC", "{broken", "oidc"),
        ("OIDC", '[{"name": "x"}]', "SPHEROSEG_OIDC"),
        ("PROT", "8000", "unknown setting SPHEROSEG_PROT"),
        ("WORKER_HEAVY_CONCURRENCY", "2", "it is called SPHEROSEG_WORKER_COMPUTE_CONCURRENCY now"),
        ("SETTINGS_FILE", "/nowhere", "/nowhere"),
        ("SECRETS_DIR", "/nowhere", "/nowhere"),
        ("ENVIRONMENT", "production", "https://"),
    ],
)
def test_a_wrong_one_is_one_clear_line(monkeypatch: pytest.MonkeyPatch, name: str, value: str, says: str) -> None:
    monkeypatch.setenv(f"SPHEROSEG_{name}", value)
    with pytest.raises(SettingsError) as error:
        load_settings()
    assert says in str(error.value)
    assert "\n" not in str(error.value)


def test_an_unknown_name_in_the_file_is_one_clear_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "lab.env"
    file.write_text("OTHER=1\nSPHEROSEG_PORT=8100\nSPHEROSEG_WORKER_LIGHT_CONCURRENCY=3\n")
    monkeypatch.setenv("SPHEROSEG_SETTINGS_FILE", str(file))
    with pytest.raises(SettingsError) as error:
        load_settings()
    assert str(error.value) == (
        f"unknown setting SPHEROSEG_WORKER_LIGHT_CONCURRENCY in {file}: "
        "it is called SPHEROSEG_WORKER_BACKGROUND_CONCURRENCY now"
    )


def test_the_process_stops_with_it() -> None:
    answer = subprocess.run(
        [sys.executable, "-m", "spheroseg.server.processes.entry", "api"],
        env=os.environ | {"SPHEROSEG_DATABASE_URL": "mysql://user:hunter2@x/y"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 2
    assert answer.stderr == "spheroseg: setting SPHEROSEG_DATABASE_URL: must begin with postgresql://\n"


def test_secrets_are_not_shown() -> None:
    settings = Settings(
        _env_file=None, database_url="postgresql://u:hunter2@h/d", secret_key="k" * 40, mail_url="smtp://u:hunter2@h"
    )
    assert "hunter2" not in repr(settings)
    assert "kkkk" not in str(settings)
