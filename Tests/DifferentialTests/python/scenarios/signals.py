import asyncio

import gates
from activities import echo, hold
from temporalio import workflow
from temporalio.exceptions import ApplicationError
from told import ONCE, Told


@workflow.defn
class SignalsBeforeStart(Told):
    @workflow.run
    async def run(self) -> list[str]:
        self.words.append("run")
        await self.finished()
        return self.words


@workflow.defn
class SignalWithStart(Told):
    @workflow.run
    async def run(self) -> bool:
        await self.told()
        return True


@workflow.defn
class SignalsOneByOne(Told):
    @workflow.run
    async def run(self) -> list[str]:
        await self.finished()
        return self.words


@workflow.defn
class SignalsInOneTask(Told):
    @workflow.run
    async def run(self) -> list[str]:
        gates.block(workflow.info().workflow_id, "task")
        await self.finished()
        return self.words


@workflow.defn
class SignalStartsActivity(Told):
    @workflow.signal
    async def work(self, word: str) -> None:
        self.words.append(await workflow.execute_activity(echo, word, **ONCE))

    @workflow.run
    async def run(self) -> list[str]:
        await workflow.wait_condition(lambda: len(self.words) == 2)
        return self.words


@workflow.defn
class SignalHandlersInterleave(Told):
    @workflow.signal
    async def work(self, word: str) -> None:
        self.words.append(f"{word} begins")
        self.words.append(await workflow.execute_activity(hold, {"gate": word}, **ONCE))

    @workflow.run
    async def run(self) -> list[str]:
        await workflow.wait_condition(lambda: len(self.words) == 4)
        return self.words


@workflow.defn
class SignalHandlersWithStart(Told):
    """The handler asks for an activity before `run` does."""

    @workflow.signal
    async def work(self, word: str) -> None:
        self.words.append(await workflow.execute_activity(hold, {"gate": word}, **ONCE))

    @workflow.run
    async def run(self) -> list[str]:
        self.words.append(await workflow.execute_activity(hold, {"gate": "run"}, **ONCE))
        await workflow.wait_condition(lambda: len(self.words) == 2)
        return self.words


@workflow.defn
class SignalUnknown(Told):
    @workflow.run
    async def run(self) -> list[str]:
        await self.finished()
        return self.words


@workflow.defn
class SignalHandlerFails(Told):
    @workflow.signal
    async def work(self, word: str) -> None:
        raise ApplicationError("the handler failed", word, type="Handler")

    @workflow.run
    async def run(self) -> list[str]:
        await self.finished()
        return self.words


@workflow.defn
class SignalAfterClosingTask(Told):
    """A signal comes while the task that would end the run is under way: the server takes the task back."""

    @workflow.run
    async def run(self) -> list[str]:
        await self.told()
        gates.block(workflow.info().workflow_id, "task")
        return self.words


@workflow.defn
class SignalsWakeTwoWaits(Told):
    @workflow.run
    async def run(self) -> list[str]:
        async def wait(word: str) -> None:
            await self.told()
            self.words.append(await workflow.execute_activity(hold, {"gate": word}, **ONCE))

        await asyncio.gather(wait("a"), wait("b"))
        return self.words
