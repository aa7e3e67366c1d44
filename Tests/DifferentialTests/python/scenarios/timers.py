import asyncio

import gates
from temporalio import workflow
from told import Told


@workflow.defn
class TimerFires(Told):
    @workflow.run
    async def run(self) -> str:
        await asyncio.sleep(0.05)
        return "fired"


@workflow.defn
class TimerCancelledBeforeSent(Told):
    @workflow.run
    async def run(self) -> str:
        async def nap() -> None:
            self.has_begun = True
            await asyncio.sleep(60)

        task = asyncio.create_task(nap())
        await workflow.wait_condition(lambda: self.has_begun)
        task.cancel()
        try:
            await task
            return "fired"
        except asyncio.CancelledError:
            await asyncio.sleep(0.03)
            return "cancelled"


@workflow.defn
class TimerCancelledAfterwards(Told):
    @workflow.run
    async def run(self) -> str:
        task = asyncio.create_task(asyncio.sleep(60))
        await self.told()
        task.cancel()
        try:
            await task
            return "fired"
        except asyncio.CancelledError:
            await self.finished()
            return "cancelled"


@workflow.defn
class TimersInTurn(Told):
    @workflow.run
    async def run(self) -> list[str]:
        async def nap(seconds: float) -> None:
            await asyncio.sleep(seconds)
            self.words.append(str(round(seconds * 10)))

        await asyncio.gather(nap(2.7), nap(0.1), nap(1.4))
        return self.words


@workflow.defn
class ConditionHoldsAtOnce(Told):
    @workflow.run
    async def run(self) -> str:
        await workflow.wait_condition(lambda: True)
        return "held"


@workflow.defn
class ConditionTimesOut(Told):
    @workflow.run
    async def run(self) -> str:
        try:
            await workflow.wait_condition(lambda: self.is_told, timeout=0.05)
            return "told"
        except asyncio.TimeoutError:
            return "timed out"


@workflow.defn
class ConditionMet(Told):
    @workflow.run
    async def run(self) -> str:
        try:
            await workflow.wait_condition(lambda: self.is_told, timeout=60)
            await self.finished()
            return "told"
        except asyncio.TimeoutError:
            return "timed out"


@workflow.defn
class ConditionMetAsTimeRunsOut(Told):
    """The signal and the timer's end come with the same task."""

    @workflow.run
    async def run(self) -> str:
        block = asyncio.create_task(self.block())
        try:
            await workflow.wait_condition(lambda: self.is_told, timeout=1.5)
            result = "told"
        except asyncio.TimeoutError:
            result = "timed out"
        await block
        return result

    async def block(self) -> None:
        await workflow.wait_condition(lambda: len(self.words) > 0)
        gates.block(workflow.info().workflow_id, "task")


@workflow.defn
class TimerAndSignalInOneTask(Told):
    """A timer's end and then a signal come with the same task."""

    @workflow.run
    async def run(self) -> list[str]:
        async def nap() -> None:
            await asyncio.sleep(1.5)
            self.words.append("fired")

        nap_task = asyncio.create_task(nap())
        await workflow.wait_condition(lambda: len(self.words) > 0)
        gates.block(workflow.info().workflow_id, "task")
        await asyncio.gather(nap_task, self.told())
        return self.words


@workflow.defn
class ConditionsInOrder(Told):
    """Each wakes the next, the last first."""

    @workflow.run
    async def run(self) -> list[str]:
        async def wait(count: int, word: str) -> None:
            await workflow.wait_condition(lambda: len(self.words) >= count)
            self.words.append(word)

        await asyncio.gather(wait(3, "third"), wait(2, "second"), wait(1, "first"))
        return self.words
