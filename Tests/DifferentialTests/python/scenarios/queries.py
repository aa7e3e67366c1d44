from temporalio import workflow
from temporalio.exceptions import ApplicationError
from told import Told


@workflow.defn
class QueriesBetweenSignals(Told):
    @workflow.run
    async def run(self) -> list[str]:
        await self.finished()
        return self.words


@workflow.defn
class QueryFails(Told):
    @workflow.query
    def broken(self) -> list[str]:
        raise ApplicationError("the query failed", "detail", type="Query")

    @workflow.run
    async def run(self) -> list[str]:
        await self.finished()
        return self.words


@workflow.defn
class QueryAfterClose(Told):
    @workflow.run
    async def run(self) -> list[str]:
        await self.finished()
        self.words.append("closed")
        return self.words
