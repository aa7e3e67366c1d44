import asyncio

import gates
from activities import Bug, fail
from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError, CancelledError
from told import ONCE, Told


@workflow.defn
class WorkflowFails(Told):
    @workflow.run
    async def run(self) -> str:
        raise ApplicationError("it failed", "one", 2, type="Flaw", non_retryable=True)


@workflow.defn
class WorkflowFailsWithCause(Told):
    @workflow.run
    async def run(self) -> str:
        try:
            await workflow.execute_activity(
                fail, {"message": "inner", "type": "Inner", "times": 1, "details": ["d"]}, **ONCE
            )
            return ""
        except ActivityError as error:
            raise ApplicationError("outer", type="Outer") from error


@workflow.defn
class WorkflowFailsByDefault(Told):
    @workflow.run
    async def run(self) -> str:
        raise ApplicationError("it failed")


@workflow.defn
class WorkflowThrowsCancelled(Told):
    """Nobody asked for its cancellation."""

    @workflow.run
    async def run(self) -> str:
        raise CancelledError("out of the blue")


@workflow.defn
class WorkflowTaskFailsOnce(Told):
    @workflow.run
    async def run(self) -> str:
        if gates.is_first(workflow.info().workflow_id, "bug"):
            raise Bug("a bug")
        return "mended"


@workflow.defn
class WorkflowTaskFailsOnceLater(Told):
    @workflow.run
    async def run(self) -> str:
        await self.told()
        if gates.is_first(workflow.info().workflow_id, "bug"):
            raise Bug("a bug")
        await asyncio.sleep(0.02)
        return "mended"


@workflow.defn
class WorkflowRetried(Told):
    @workflow.run
    async def run(self) -> str:
        attempt = workflow.info().attempt
        if attempt < 3:
            raise ApplicationError(f"attempt {attempt} failed", type="Flaw")
        return f"attempt {attempt}"


@workflow.defn
class WorkflowRetriesExhausted(Told):
    @workflow.run
    async def run(self) -> str:
        raise ApplicationError(f"attempt {workflow.info().attempt} failed", type="Flaw")


@workflow.defn
class WorkflowTimesOut(Told):
    @workflow.run
    async def run(self) -> str:
        await self.told()
        return "told"


@workflow.defn
class WorkflowInfoValues(Told):
    @workflow.run
    async def run(self) -> list[str]:
        info = workflow.info()
        return [info.workflow_type, info.namespace, str(info.attempt), str(info.parent is None)]
