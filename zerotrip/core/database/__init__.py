"""Where the data is: a server named by ZEROTRIP_DATABASE_URL, else the embedded one under the data folder."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from zerotrip.core.database.embedded import EmbeddedPostgres, own_name

DATABASE = "zerotrip"


def data_folder() -> Path:
    """The folder of everything this installation writes: ZEROTRIP_VAR, else `var` where the command is run."""
    return Path(os.environ.get("ZEROTRIP_VAR") or "var").absolute()


def own_server() -> EmbeddedPostgres | None:
    """The embedded server of this installation, or None when ZEROTRIP_DATABASE_URL names another."""
    if os.environ.get("ZEROTRIP_DATABASE_URL"):
        return None
    return EmbeddedPostgres(data_folder() / "pg")


def django_settings() -> dict[str, Any]:
    """The DATABASES entry of Django for wherever the data is. Nothing is started."""
    server = own_server()
    return parse_url(server.url(DATABASE) if server else os.environ["ZEROTRIP_DATABASE_URL"])


def parse_url(url: str) -> dict[str, Any]:
    """A `postgresql://user:password@host:port/name?sslmode=…` address as Django settings.

    Raises ValueError when it is not one.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"} or not parts.path.strip("/"):
        raise ValueError("ZEROTRIP_DATABASE_URL must look like postgresql://user:password@host:5432/zerotrip")
    query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.strip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query.pop("host", parts.hostname or ""),
        "PORT": query.pop("port", str(parts.port or "")),
        "OPTIONS": {"application_name": own_name(), **query},
    }
