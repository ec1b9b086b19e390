"""The one error that the command line adds: something failed after the work had begun."""

from __future__ import annotations

from engine.errors import SlipstreamError


class RunError(SlipstreamError):
    """A show that began and could not go on; the exit code tells it from a wrong word or file."""
