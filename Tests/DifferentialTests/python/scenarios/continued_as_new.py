from temporalio import workflow
from temporalio.common import RetryPolicy
from told import Told, seconds


@workflow.defn
class ContinuedAsNew:
    @workflow.run
    async def run(self, remaining: str) -> str:
        if int(remaining) > 0:
            workflow.continue_as_new(str(int(remaining) - 1))
        return "done"


@workflow.defn
class ContinuedAsNewAllOptions:
    @workflow.run
    async def run(self, remaining: str) -> str:
        if int(remaining) > 0:
            workflow.continue_as_new(
                "0",
                run_timeout=seconds(80),
                task_timeout=seconds(7),
                retry_policy=RetryPolicy(initial_interval=seconds(2), maximum_attempts=3),
                memo={"note": "kept"},
            )
        return "done"


@workflow.defn
class ContinuedAsNewKeepsAttributes(Told):
    """What the first run was started with, and what it changed, is what the second starts with."""

    @workflow.run
    async def run(self) -> str:
        if workflow.info().continued_run_id is None:
            workflow.upsert_memo({"changed": "later"})
            workflow.continue_as_new()
        return str(workflow.memo_value("changed", "not there"))


@workflow.defn
class ContinuedAsNewWithOtherType:
    @workflow.run
    async def run(self, remaining: str) -> str:
        workflow.continue_as_new(remaining, workflow="ContinuedAsNew")


@workflow.defn
class ContinuedAsNewAfterSignal(Told):
    @workflow.run
    async def run(self) -> list[str]:
        if workflow.info().continued_run_id is None:
            await self.told()
            workflow.continue_as_new()
        await self.finished()
        return self.words
