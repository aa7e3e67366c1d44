"""Temporal's development server for benchmarks, and what processes cost."""

import asyncio
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

from temporalio.client import Client, WorkflowHandle

# What a payment is found by.
ATTRIBUTES = ("PaymentStatus=Keyword", "PaymentUserId=Keyword", "PaymentStuck=Bool", "PaymentWaitsUntil=Datetime")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def start_server(folder: str, *options: str) -> tuple[subprocess.Popen, str]:
    """Starts it, tuned as `payment-saga dev` does, with its state in memory unless options say otherwise."""
    port = free_port()
    server = subprocess.Popen(
        [
            Path(sys.executable).parent / "temporal", "server", "start-dev", "--headless", "--ip", "127.0.0.1",
            "--port", str(port), "--log-level", "error",
            "--dynamic-config-value", "history.transferProcessorMaxPollRPS=2000",
            "--dynamic-config-value", "history.timerProcessorMaxPollRPS=2000",
            "--dynamic-config-value", 'history.transferProcessorUpdateAckInterval="1s"',
            "--dynamic-config-value", 'history.visibilityProcessorUpdateAckInterval="1s"',
            "--dynamic-config-value", 'history.timerProcessorUpdateAckInterval="1s"',
            "--dynamic-config-value", "system.forceSearchAttributesCacheRefreshOnRead=false",
            *options,
        ],
        env={"GOGC": "400", **os.environ, "HOME": folder, "TEMPORAL_VERSION_CHECK_DISABLED": "1"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    return server, f"127.0.0.1:{port}"


async def connect(address: str) -> Client:
    deadline = time.monotonic() + 30
    while True:
        try:
            return await Client.connect(address)
        except RuntimeError:
            if time.monotonic() > deadline:
                raise
            await asyncio.sleep(0.1)


async def result(handle: WorkflowHandle):
    """What the workflow came to, asked for again each second.

    Now and then the server leaves the call that waits for a workflow unanswered for 20 seconds although the workflow has ended. No worker
    has a part in that, and one such call would be most of a round's time.
    """
    while True:
        try:
            return await asyncio.wait_for(handle.result(), 1)
        except asyncio.TimeoutError:
            pass


def cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
