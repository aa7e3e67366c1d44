"""What most scenarios' workflows have in common."""

from datetime import timedelta
from typing import Any

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import (
    ActivityError,
    ApplicationError,
    CancelledError,
    ChildWorkflowError,
    TerminatedError,
    TimeoutError,
    is_cancelled_exception,
)

ONCE: dict[str, Any] = {"start_to_close_timeout": timedelta(seconds=30), "retry_policy": RetryPolicy(maximum_attempts=1)}


def milliseconds(count: int) -> timedelta:
    return timedelta(milliseconds=count)


def seconds(count: int) -> timedelta:
    return timedelta(seconds=count)


def retries(**options: Any) -> dict[str, Any]:
    """Quick ones."""
    policy = {"initial_interval": milliseconds(10), "backoff_coefficient": 1.0, **options}
    return {"start_to_close_timeout": seconds(30), "retry_policy": RetryPolicy(**policy)}


class Told:
    """Keeps what signals tell."""

    def __init__(self) -> None:
        self.words: list[str] = []
        self.is_told = False
        self.is_finished = False
        self.has_begun = False

    @workflow.signal
    async def say(self, word: str) -> None:
        self.words.append(word)

    @workflow.signal
    async def go(self) -> None:
        self.is_told = True

    @workflow.signal
    async def finish(self) -> None:
        self.is_finished = True

    @workflow.query
    def heard(self) -> list[str]:
        return self.words

    async def told(self) -> None:
        await workflow.wait_condition(lambda: self.is_told)

    async def finished(self) -> None:
        await workflow.wait_condition(lambda: self.is_finished)


def outline(error: BaseException | None) -> str:
    """An error in words that both languages have."""
    if error is None:
        return "nothing"
    if isinstance(error, ActivityError):
        if not error.scheduled_event_id and not isinstance(error.cause, CancelledError):
            # A local one: what is around the cause is each SDK's own.
            return outline(error.cause)
        return f"activity {error.activity_type} {error.activity_id} {int(error.retry_state)} <- {outline(error.cause)}"
    if isinstance(error, ChildWorkflowError):
        return f"child {error.workflow_type} {int(error.retry_state)} <- {outline(error.cause)}"
    if isinstance(error, ApplicationError):
        cause = f" <- {outline(error.cause)}" if error.cause else ""
        return f"application {error.type} {error.message} {len(error.details)} {str(error.non_retryable).lower()}{cause}"
    if isinstance(error, TimeoutError):
        cause = f" <- {outline(error.cause)}" if error.cause else ""
        return f"timeout {int(error.type)} {len(error.last_heartbeat_details)}{cause}"
    if isinstance(error, CancelledError) or is_cancelled_exception(error):
        return "cancelled"
    if isinstance(error, TerminatedError):
        return "terminated"
    return f"{type(error).__name__}: {error}"
