import asyncio
from typing import Any

import gates
from activities import echo, fail, hold, nothing
from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import FailureError
from temporalio.workflow import ActivityCancellationType
from told import ONCE, Told, milliseconds, outline, retries, seconds


def failure(**request: Any) -> dict:
    return {"message": "it failed", "type": "Flaw", "times": 1, "details": [], **request}


@workflow.defn
class LocalActivitySuccess(Told):
    @workflow.run
    async def run(self) -> str:
        return await workflow.execute_local_activity(echo, "word", **ONCE)


@workflow.defn
class LocalActivityWithoutValues(Told):
    @workflow.run
    async def run(self) -> None:
        await workflow.execute_local_activity(nothing, **ONCE)


@workflow.defn
class LocalActivityNonRetryable(Told):
    @workflow.run
    async def run(self) -> str:
        try:
            return await workflow.execute_local_activity(
                fail, failure(isNonRetryable=True, details=["why"]), **retries()
            )
        except FailureError as error:
            return outline(error)


@workflow.defn
class LocalActivityFailsWorkflow(Told):
    @workflow.run
    async def run(self) -> str:
        return await workflow.execute_local_activity(fail, failure(times=5), **retries(maximum_attempts=2))


@workflow.defn
class LocalActivityRetry(Told):
    @workflow.run
    async def run(self) -> str:
        return await workflow.execute_local_activity(fail, failure(times=2), **retries())


@workflow.defn
class LocalActivityBackoff(Told):
    """The second attempt is so far away that a timer of the server waits for it."""

    @workflow.run
    async def run(self) -> str:
        return await workflow.execute_local_activity(
            fail,
            failure(times=2),
            start_to_close_timeout=seconds(30),
            retry_policy=RetryPolicy(initial_interval=milliseconds(100), backoff_coefficient=2),
            local_retry_threshold=milliseconds(50),
        )


@workflow.defn
class LocalActivityTimesOut(Told):
    @workflow.run
    async def run(self) -> str:
        try:
            return await workflow.execute_local_activity(
                hold,
                {"gate": "late"},
                start_to_close_timeout=milliseconds(100),
                retry_policy=RetryPolicy(maximum_attempts=1),
            )
        except FailureError as error:
            return outline(error)


@workflow.defn
class LocalActivitiesInSequence(Told):
    @workflow.run
    async def run(self) -> list[str]:
        return [await workflow.execute_local_activity(echo, str(index), **ONCE) for index in range(3)]


@workflow.defn
class LocalActivitiesParallel(Told):
    @workflow.run
    async def run(self) -> list[str]:
        async def call(gate: str) -> None:
            self.words.append(await workflow.execute_local_activity(hold, {"gate": gate}, **ONCE))
            gates.is_first(workflow.info().workflow_id, f"{gate}-told")

        await asyncio.gather(call("a"), call("b"))
        return self.words


@workflow.defn
class LocalAndOtherActivities(Told):
    @workflow.run
    async def run(self) -> list[str]:
        words = [await workflow.execute_local_activity(echo, "local", **ONCE)]
        words.append(await workflow.execute_activity(echo, "remote", **ONCE))
        await asyncio.sleep(0.02)
        words.append(await workflow.execute_local_activity(echo, "local again", **ONCE))
        return words


@workflow.defn
class LocalActivityInSignal(Told):
    @workflow.signal
    async def work(self, word: str) -> None:
        self.words.append(await workflow.execute_local_activity(echo, word, **ONCE))

    @workflow.run
    async def run(self) -> list[str]:
        await workflow.wait_condition(lambda: len(self.words) == 2)
        return self.words


@workflow.defn
class LocalActivityOutlivesTask(Told):
    """It takes longer than a workflow task may, so empty tasks keep it alive."""

    @workflow.run
    async def run(self) -> str:
        return await workflow.execute_local_activity(hold, {"gate": "a"}, **ONCE)


class LocalCanceller(Told):
    async def play(self, request: dict, kind: ActivityCancellationType) -> str:
        async def call() -> str:
            self.has_begun = True
            return await workflow.execute_local_activity(hold, request, cancellation_type=kind, **ONCE)

        task = asyncio.create_task(call())
        await workflow.wait_condition(lambda: self.has_begun)
        await workflow.execute_local_activity(echo, "meanwhile", **ONCE)
        task.cancel()
        try:
            return await task
        except FailureError as error:
            return outline(error)


@workflow.defn
class LocalActivityTryCancel(LocalCanceller):
    @workflow.run
    async def run(self) -> str:
        return await self.play({"gate": "a"}, ActivityCancellationType.TRY_CANCEL)


@workflow.defn
class LocalActivityWaitCancel(LocalCanceller):
    @workflow.run
    async def run(self) -> str:
        return await self.play({"gate": "a"}, ActivityCancellationType.WAIT_CANCELLATION_COMPLETED)


@workflow.defn
class LocalActivityWaitCancelCompletes(LocalCanceller):
    @workflow.run
    async def run(self) -> str:
        return await self.play(
            {"gate": "a", "onCancel": "complete"}, ActivityCancellationType.WAIT_CANCELLATION_COMPLETED
        )


@workflow.defn
class LocalActivityAbandon(LocalCanceller):
    @workflow.run
    async def run(self) -> str:
        return await self.play({"gate": "a"}, ActivityCancellationType.ABANDON)
