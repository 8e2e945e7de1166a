"""All settings of one installation, read from the environment (prefix ``DOORWIJZER_``, and ``PORT``).

State that belongs to one machine (database, secret, logs) lives in ``var/``; nothing of it is committed.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from functools import lru_cache
from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parent.parent


class Settings(BaseSettings):
    """The settings, with defaults that run on one machine.

    Raises ``pydantic.ValidationError`` when a variable has the wrong form.
    """

    model_config = SettingsConfigDict(env_prefix="DOORWIJZER_", extra="ignore")

    port: int = Field(8000, validation_alias="PORT", ge=1, le=65535)
    host: str = "127.0.0.1"
    assistant_port: int = Field(5005, ge=1, le=65535)
    database_url: str = ""
    redis_url: str | None = None
    secret_key: SecretStr | None = None
    region: str = "midden-utrecht"
    content_dir: Path = ROOT / "content"
    models_dir: Path = ROOT / "models"
    var_dir: Path = ROOT / "var"
    turn_timeout_seconds: float = 20.0
    messages_per_minute: int = 30
    conversations_per_minute: int = 30
    resumes_per_minute: int = 5
    """How often one address may try a code to come back: few enough that guessing is hopeless."""
    smtp_url: SecretStr | None = None
    """Where e-mail goes: ``smtp://user:password@host:587`` (STARTTLS), ``smtps://…:465``; none: files in ``var/``."""
    caldav_accounts: dict[str, SecretStr] = Field(default_factory=dict)
    """How to log in to partners' calendars, as JSON: ``{"<partner id>": "<user>:<password>"}``. Never in content."""
    mail_from: str = "Doorwijzer <no-reply@localhost>"
    public_url: str = ""
    """Address under which residents reach the site, for links; empty means the local one."""

    @property
    def database(self) -> str:
        """SQLAlchemy URL of the one database (default: SQLite in ``var/``)."""
        if self.database_url:
            return self.database_url
        self.var_dir.mkdir(parents=True, exist_ok=True)
        return f"sqlite:///{self.var_dir / 'doorwijzer.db'}"

    @property
    def outgoing_dir(self) -> Path:
        """Where e-mails, text messages and file drops are left on a machine that sends nothing out."""
        return self.var_dir / "outgoing"

    @property
    def assistant_url(self) -> str:
        """Where the gateway reaches the assistant: always loopback."""
        return f"http://127.0.0.1:{self.assistant_port}"

    @property
    def site_url(self) -> str:
        """Address of the site, without a slash at its end."""
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")

    def secret(self, purpose: str) -> bytes:
        """Return 32 bytes derived from the installation's secret key for one purpose (``vault``, ``channel``, …)."""
        return hmac.new(self._master_key(), purpose.encode(), hashlib.sha256).digest()

    def _master_key(self) -> bytes:
        if self.secret_key is not None:
            return self.secret_key.get_secret_value().encode()
        path = self.var_dir / "secret.key"
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            try:
                handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            except FileExistsError:  # another process was first
                pass
            else:
                with os.fdopen(handle, "w") as file:
                    file.write(secrets.token_urlsafe(48))
        return path.read_text().strip().encode()


@lru_cache(maxsize=1)
def get_settings() -> Settings:
    """Return the settings of this process (read once)."""
    return Settings()
