"""The activities all scenarios share."""

import asyncio
from datetime import timedelta

import gates
from temporalio import activity
from temporalio.exceptions import ApplicationError


class Bug(Exception):
    """Not a failure of the SDK's own."""


@activity.defn
async def echo(word: str) -> str:
    return word


@activity.defn
async def nothing() -> None:
    pass


@activity.defn
async def fail(request: dict) -> str:
    """Fails as often as it is told to, and then says which attempt it was."""
    attempt = activity.info().attempt
    if attempt > request["times"]:
        return f"attempt {attempt}"
    if request["type"] == "Bug":
        raise Bug(request["message"])
    delay = request.get("nextRetryMilliseconds")
    raise ApplicationError(
        request["message"],
        *request.get("details", []),
        type=request["type"],
        non_retryable=request.get("isNonRetryable", False),
        next_retry_delay=timedelta(milliseconds=delay) if delay else None,
    )


@activity.defn
async def hold(request: dict) -> str:
    """Ends when its gate is opened, or as it is told to when it is cancelled."""
    workflow_id = activity.info().workflow_id
    gates.path(workflow_id, request["gate"] + "-began").touch()
    if details := request.get("details"):
        activity.heartbeat(details)
    try:
        while not gates.is_open(workflow_id, request["gate"]):
            if request.get("heartbeats", False):
                activity.heartbeat()
            await asyncio.sleep(0.01)
    except asyncio.CancelledError:
        match request.get("onCancel"):
            case "complete":
                return "completed anyway"
            case "fail":
                pass
            case _:
                raise
    else:
        return request["gate"]
    # Out here the error that was caught is no cause of it.
    raise ApplicationError("failed on being cancelled", type="Stubborn", non_retryable=True)


@activity.defn
async def resume() -> str:
    """Fails once, and then tells how far it had come."""
    if details := activity.info().heartbeat_details:
        return f"from {details[0]}"
    activity.heartbeat(7)
    raise ApplicationError("not yet", type="NotYet")


ALL_ACTIVITIES = [echo, nothing, fail, hold, resume]
