import gates
from activities import echo, hold
from temporalio import workflow
from temporalio.exceptions import ApplicationError
from told import ONCE, Told


class Updated(Told):
    """Takes updates until it is told to finish."""

    @workflow.update
    async def add(self, word: str) -> list[str]:
        self.words.append(word)
        return self.words

    @add.validator
    def validate_add(self, word: str) -> None:
        if word == "bad":
            raise ApplicationError("a bad word", word, type="BadWord")

    @workflow.update
    async def call(self, gate: str) -> str:
        self.words.append(f"{gate} begins")
        self.words.append(await workflow.execute_activity(hold, {"gate": gate}, **ONCE))
        return gate

    @workflow.update
    async def fail(self, word: str) -> str:
        raise ApplicationError("the update failed", word, type="UpdateFlaw")

    @workflow.update
    async def fail_later(self, word: str) -> str:
        await workflow.execute_activity(echo, word, **ONCE)
        raise ApplicationError("the update failed", word, type="UpdateFlaw")

    @workflow.update
    async def end(self, word: str) -> str:
        self.is_finished = True
        return word

    async def finished_words(self) -> list[str]:
        await self.finished()
        return self.words


@workflow.defn
class UpdateCompletes(Updated):
    @workflow.run
    async def run(self) -> list[str]:
        return await self.finished_words()


@workflow.defn
class UpdateRejected(Updated):
    @workflow.run
    async def run(self) -> list[str]:
        return await self.finished_words()


@workflow.defn
class UpdateUnknown(Updated):
    @workflow.run
    async def run(self) -> list[str]:
        return await self.finished_words()


@workflow.defn
class UpdateWithActivity(Updated):
    @workflow.run
    async def run(self) -> list[str]:
        return await self.finished_words()


@workflow.defn
class UpdateFails(Updated):
    @workflow.run
    async def run(self) -> list[str]:
        return await self.finished_words()


@workflow.defn
class UpdateFailsLater(Updated):
    @workflow.run
    async def run(self) -> list[str]:
        return await self.finished_words()


@workflow.defn
class UpdatesInterleave(Updated):
    @workflow.run
    async def run(self) -> list[str]:
        return await self.finished_words()


@workflow.defn
class UpdateBeforeStart(Updated):
    @workflow.run
    async def run(self) -> list[str]:
        self.words.append("run")
        return await self.finished_words()


@workflow.defn
class UpdateWithStart(Updated):
    @workflow.run
    async def run(self) -> list[str]:
        self.words.append("run")
        return await self.finished_words()


@workflow.defn
class UpdateAndSignalsInOneTask(Updated):
    @workflow.run
    async def run(self) -> list[str]:
        gates.block(workflow.info().workflow_id, "task")
        return await self.finished_words()


@workflow.defn
class UpdateEndsWorkflow(Updated):
    @workflow.run
    async def run(self) -> list[str]:
        return await self.finished_words()


@workflow.defn
class UpdateCutShort(Updated):
    """The workflow ends while the handler waits."""

    @workflow.run
    async def run(self) -> list[str]:
        return await self.finished_words()
