"""Keeps the display awake while the output lives, by whichever way the system has."""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
from typing import Any

from PySide6.QtDBus import QDBusConnection, QDBusInterface, QDBusMessage

SERVICE = "org.freedesktop.ScreenSaver"
PATH = "/org/freedesktop/ScreenSaver"
CONTINUOUS, SYSTEM, DISPLAY = 0x80000000, 0x1, 0x2  # ES_* of Windows' SetThreadExecutionState


class Wakefulness:
    """Inhibits the screen saver until the process ends; `way` says how, "" where none is known."""

    def __init__(self, platform: str = sys.platform) -> None:
        self._held: Any = None
        ways = {
            "linux": (self._by_desktop, self._by_x_server),
            "win32": (self._by_windows,),
            "darwin": (self._by_caffeinate,),
        }
        self.way = next((said for way in ways.get(platform, ()) if (said := way())), "")

    def _by_desktop(self) -> str:
        bus = QDBusConnection.sessionBus()
        if not bus.isConnected():
            return ""
        service = QDBusInterface(SERVICE, PATH, SERVICE, bus)
        reply = service.call("Inhibit", "Slipstream", "the output is on")
        if reply.type() != QDBusMessage.MessageType.ReplyMessage:
            return ""
        self._held = service  # the desktop drops the inhibition with the connection
        return "the desktop's screen saver service"

    def _by_x_server(self) -> str:
        if not os.environ.get("DISPLAY"):
            return ""
        try:
            x, saver = ctypes.CDLL("libX11.so.6"), ctypes.CDLL("libXss.so.1")
        except OSError:
            return ""
        x.XOpenDisplay.restype = ctypes.c_void_p
        x.XOpenDisplay.argtypes = [ctypes.c_char_p]
        saver.XScreenSaverSuspend.argtypes = [ctypes.c_void_p, ctypes.c_int]
        x.XFlush.argtypes = [ctypes.c_void_p]
        display = x.XOpenDisplay(None)
        if not display:
            return ""
        saver.XScreenSaverSuspend(display, 1)
        x.XFlush(display)
        self._held = display  # the server ends the suspension with the connection
        return "the X server's screen saver extension"

    def _by_windows(self) -> str:
        kernel: Any = getattr(ctypes, "windll", None)
        if kernel is None:
            return ""
        kernel.kernel32.SetThreadExecutionState(CONTINUOUS | SYSTEM | DISPLAY)
        return "the thread's execution state"

    def _by_caffeinate(self) -> str:
        try:
            self._held = subprocess.Popen(["caffeinate", "-d", "-i", "-w", str(os.getpid())])
        except OSError:
            return ""
        return "caffeinate"

    def __repr__(self) -> str:
        return f"<Wakefulness by {self.way or 'nothing'}>"
