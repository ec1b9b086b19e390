"""Which Slipstream this is."""

from __future__ import annotations

from importlib import metadata


def version() -> str:
    """The version as it was installed."""
    try:
        return metadata.version("slipstream")
    except metadata.PackageNotFoundError:
        return "from a checkout that is not installed"
