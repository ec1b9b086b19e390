"""Hands tensors from one device stream to another without a wait of the host.

A packet made on a CUDA stream carries an event; whoever takes it on another stream makes that
stream wait for the event and tells the allocator about the new user. On every other device both are
nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

if TYPE_CHECKING:
    from engine.packet import Packet


def ready_event(value: Any) -> Any:
    """An event recorded on the current CUDA stream, None where the value may be read at once."""
    tensors = getattr(value, "tensors", None)
    if tensors is None or not any(tensor.is_cuda for tensor in tensors()):
        return None
    event = torch.cuda.Event()
    event.record()
    return event


def await_ready(packet: Packet[Any]) -> None:
    """Makes the current CUDA stream wait for a packet's tensors and keeps their memory for it."""
    if packet.ready is None:
        return
    stream = torch.cuda.current_stream()
    stream.wait_event(packet.ready)
    for tensor in packet.value.tensors():
        tensor.record_stream(stream)
