import asyncio

from activities import echo, hold
from temporalio import workflow
from temporalio.exceptions import ApplicationError
from temporalio.workflow import ActivityCancellationType
from told import ONCE, Told, milliseconds


@workflow.defn
class CancelHonoured(Told):
    @workflow.run
    async def run(self) -> str:
        await asyncio.sleep(60)
        return "slept"


@workflow.defn
class CancelSwallowed(Told):
    @workflow.run
    async def run(self) -> str:
        try:
            await asyncio.sleep(60)
            return "slept"
        except asyncio.CancelledError:
            return "swallowed"


@workflow.defn
class CancelCleansUp(Told):
    @workflow.run
    async def run(self) -> str:
        try:
            await asyncio.sleep(60)
            return "slept"
        except asyncio.CancelledError:
            await workflow.execute_activity(echo, "clean", **ONCE)
            raise


@workflow.defn
class CancelDuringActivity(Told):
    @workflow.run
    async def run(self) -> str:
        return await workflow.execute_activity(
            hold, {"gate": "a", "heartbeats": True}, heartbeat_timeout=milliseconds(7500), **ONCE
        )


@workflow.defn
class CancelDuringActivityWaits(Told):
    @workflow.run
    async def run(self) -> str:
        return await workflow.execute_activity(
            hold,
            {"gate": "a", "heartbeats": True},
            heartbeat_timeout=milliseconds(7500),
            cancellation_type=ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
            **ONCE,
        )


@workflow.defn
class CancelDuringCondition(Told):
    @workflow.run
    async def run(self) -> str:
        await self.told()
        return "told"


@workflow.defn
class CancelDuringTimedCondition(Told):
    @workflow.run
    async def run(self) -> str:
        await workflow.wait_condition(lambda: self.is_told, timeout=60)
        return "told"


@workflow.defn
class CancelBeforeStart(Told):
    @workflow.run
    async def run(self) -> str:
        try:
            await asyncio.sleep(60)
            return "slept"
        except asyncio.CancelledError:
            return "cancelled"


@workflow.defn
class CancelBeforeStartHonoured(Told):
    @workflow.run
    async def run(self) -> str:
        await workflow.execute_activity(echo, "never", **ONCE)
        return "echoed"


@workflow.defn
class CancelThenFails(Told):
    @workflow.run
    async def run(self) -> str:
        try:
            await asyncio.sleep(60)
            return "slept"
        except asyncio.CancelledError:
            pass
        # Out here the error that was caught is no cause of it.
        raise ApplicationError("failed instead", type="Instead")


@workflow.defn
class CancelSeveral(Told):
    """A timer, an activity and a condition wait side by side."""

    @workflow.run
    async def run(self) -> str:
        await asyncio.gather(
            asyncio.sleep(60),
            workflow.execute_activity(
                hold, {"gate": "a", "heartbeats": True}, heartbeat_timeout=milliseconds(7500), **ONCE
            ),
            self.told(),
        )
        return "all"


@workflow.defn
class CancelInSignalHandler(Told):
    """The handler is not to be cut short."""

    @workflow.signal
    async def work(self, word: str) -> None:
        self.words.append(await workflow.execute_activity(hold, {"gate": word}, **ONCE))

    @workflow.run
    async def run(self) -> list[str]:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            await workflow.wait_condition(lambda: len(self.words) == 1)
        return self.words


@workflow.defn
class Terminated(Told):
    @workflow.run
    async def run(self) -> str:
        await self.told()
        return "told"
