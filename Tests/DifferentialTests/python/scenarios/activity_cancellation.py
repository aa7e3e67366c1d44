import asyncio
from typing import Any

from activities import echo, hold
from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError
from temporalio.workflow import ActivityCancellationType
from told import Told, milliseconds, outline, seconds


class Canceller(Told):
    """Cancels an activity when it is told to, and ends when it is told to."""

    async def play(self, request: dict, kind: ActivityCancellationType, **options: Any) -> str:
        result = await self.cancelled(request, kind, **options)
        await self.finished()
        return result

    async def call(self, request: dict, kind: ActivityCancellationType, **options: Any) -> str:
        self.has_begun = True
        defaults = {
            "start_to_close_timeout": seconds(30),
            "heartbeat_timeout": milliseconds(7500),
            "retry_policy": RetryPolicy(maximum_attempts=1),
        }
        return await workflow.execute_activity(hold, request, cancellation_type=kind, **{**defaults, **options})

    async def cancelled(self, request: dict, kind: ActivityCancellationType, **options: Any) -> str:
        task = asyncio.create_task(self.call(request, kind, **options))
        await self.told()
        task.cancel()
        try:
            return await task
        except ActivityError as error:
            return outline(error)


@workflow.defn
class ActivityTryCancel(Canceller):
    @workflow.run
    async def run(self) -> str:
        return await self.play({"gate": "a", "heartbeats": True}, ActivityCancellationType.TRY_CANCEL)


@workflow.defn
class ActivityTryCancelCompletes(Canceller):
    @workflow.run
    async def run(self) -> str:
        return await self.play(
            {"gate": "a", "heartbeats": True, "onCancel": "complete"}, ActivityCancellationType.TRY_CANCEL
        )


@workflow.defn
class ActivityWaitCancel(Canceller):
    @workflow.run
    async def run(self) -> str:
        return await self.play(
            {"gate": "a", "heartbeats": True}, ActivityCancellationType.WAIT_CANCELLATION_COMPLETED
        )


@workflow.defn
class ActivityWaitCancelCompletes(Canceller):
    @workflow.run
    async def run(self) -> str:
        return await self.play(
            {"gate": "a", "heartbeats": True, "onCancel": "complete"},
            ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
        )


@workflow.defn
class ActivityWaitCancelFails(Canceller):
    @workflow.run
    async def run(self) -> str:
        return await self.play(
            {"gate": "a", "heartbeats": True, "onCancel": "fail"},
            ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
        )


@workflow.defn
class ActivityWaitCancelTimesOut(Canceller):
    @workflow.run
    async def run(self) -> str:
        return await self.play(
            {"gate": "a"}, ActivityCancellationType.WAIT_CANCELLATION_COMPLETED, heartbeat_timeout=seconds(4)
        )


@workflow.defn
class ActivityAbandon(Canceller):
    @workflow.run
    async def run(self) -> str:
        return await self.play({"gate": "a", "heartbeats": True}, ActivityCancellationType.ABANDON)


@workflow.defn
class ActivityCancelNotStarted(Canceller):
    @workflow.run
    async def run(self) -> str:
        return await self.play(
            {"gate": "a"}, ActivityCancellationType.WAIT_CANCELLATION_COMPLETED, task_queue="nobody"
        )


@workflow.defn
class ActivityTryCancelNotStarted(Canceller):
    @workflow.run
    async def run(self) -> str:
        return await self.play({"gate": "a"}, ActivityCancellationType.TRY_CANCEL, task_queue="nobody")


@workflow.defn
class ActivityCancelBeforeSent(Canceller):
    @workflow.run
    async def run(self) -> list[str]:
        outcomes = []
        for kind in [
            ActivityCancellationType.TRY_CANCEL,
            ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
            ActivityCancellationType.ABANDON,
        ]:
            self.has_begun = False
            task = asyncio.create_task(self.call({"gate": "a"}, kind))
            await workflow.wait_condition(lambda: self.has_begun)
            task.cancel()
            try:
                outcomes.append(await task)
            except ActivityError as error:
                outcomes.append(outline(error))
        outcomes.append(await workflow.execute_activity(echo, "after", start_to_close_timeout=seconds(30)))
        return outcomes
