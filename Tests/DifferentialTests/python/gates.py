"""Files by which the test holds activities and workflow tasks back, so that events come in an order it chooses."""

import asyncio
import time
from pathlib import Path

FOLDER = ""


def path(workflow_id: str, name: str) -> Path:
    return Path(FOLDER) / f"{workflow_id.replace('/', '_')}-{name}"


def is_open(workflow_id: str, name: str) -> bool:
    return path(workflow_id, name).exists()


def block(workflow_id: str, name: str) -> None:
    """Holds up the workflow task itself, so that what happens meanwhile is one batch for the next."""
    deadline = time.monotonic() + 25
    while not is_open(workflow_id, name) and time.monotonic() < deadline:
        time.sleep(0.005)


def is_first(workflow_id: str, name: str) -> bool:
    """True the first time it is asked, in whichever attempt, and on a replay never."""
    try:
        path(workflow_id, name).touch(exist_ok=False)
        return True
    except FileExistsError:
        return False


async def wait(workflow_id: str, name: str) -> None:
    while not is_open(workflow_id, name):
        await asyncio.sleep(0.01)
