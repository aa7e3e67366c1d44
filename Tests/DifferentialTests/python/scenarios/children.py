import asyncio
from typing import Any

from activities import hold
from temporalio import workflow
from temporalio.common import RetryPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import ApplicationError, ChildWorkflowError, WorkflowAlreadyStartedError
from temporalio.workflow import ChildWorkflowCancellationType, ParentClosePolicy
from told import ONCE, Told, outline, seconds


@workflow.defn
class PatientChild(Told):
    """Ends when it is told to, or as its parent tells it to."""

    @workflow.run
    async def run(self, manner: str) -> str:
        try:
            await self.finished()
        except asyncio.CancelledError:
            await self.finished()
            if manner == "swallow":
                return "swallowed"
            raise
        match manner:
            case "fail":
                raise ApplicationError("the child failed", "detail", type="ChildFlaw")
            case "activity":
                return await workflow.execute_activity(hold, {"gate": "a"}, **ONCE)
            case _:
                return manner


def child_id(name: str = "child") -> str:
    return f"{workflow.info().workflow_id}/{name}"


async def child(manner: str, **options: Any) -> str:
    return await workflow.execute_child_workflow(PatientChild.run, manner, **{"id": child_id(), **options})


@workflow.defn
class ChildSuccess(Told):
    @workflow.run
    async def run(self) -> str:
        return await child("good")


@workflow.defn
class ChildAllOptions(Told):
    @workflow.run
    async def run(self) -> str:
        return await child(
            "good",
            execution_timeout=seconds(90),
            run_timeout=seconds(80),
            task_timeout=seconds(7),
            retry_policy=RetryPolicy(initial_interval=seconds(2), maximum_attempts=3),
            parent_close_policy=ParentClosePolicy.REQUEST_CANCEL,
            id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
        )


@workflow.defn
class ChildFails(Told):
    @workflow.run
    async def run(self) -> str:
        return await child("fail")


@workflow.defn
class ChildFailureCaught(Told):
    @workflow.run
    async def run(self) -> str:
        try:
            return await child("fail")
        except ChildWorkflowError as error:
            return outline(error)


@workflow.defn
class ChildWithActivity(Told):
    @workflow.run
    async def run(self) -> str:
        return await child("activity")


@workflow.defn
class ChildWithRandomID(Told):
    @workflow.run
    async def run(self) -> str:
        return await workflow.execute_child_workflow(PatientChild.run, "good")


class ChildCanceller(Told):
    async def play(self, manner: str, kind: ChildWorkflowCancellationType) -> str:
        task = asyncio.create_task(child(manner, cancellation_type=kind))
        await self.told()
        task.cancel()
        try:
            outcome = await task
        except ChildWorkflowError as error:
            outcome = outline(error)
        await self.finished()
        return outcome


@workflow.defn
class ChildTryCancel(ChildCanceller):
    @workflow.run
    async def run(self) -> str:
        return await self.play("good", ChildWorkflowCancellationType.TRY_CANCEL)


@workflow.defn
class ChildWaitCancel(ChildCanceller):
    @workflow.run
    async def run(self) -> str:
        return await self.play("good", ChildWorkflowCancellationType.WAIT_CANCELLATION_COMPLETED)


@workflow.defn
class ChildWaitCancelSwallowed(ChildCanceller):
    @workflow.run
    async def run(self) -> str:
        return await self.play("swallow", ChildWorkflowCancellationType.WAIT_CANCELLATION_COMPLETED)


@workflow.defn
class ChildAbandon(ChildCanceller):
    @workflow.run
    async def run(self) -> str:
        return await self.play("good", ChildWorkflowCancellationType.ABANDON)


@workflow.defn
class ChildCancelBeforeSent(Told):
    @workflow.run
    async def run(self) -> str:
        async def call() -> str:
            self.has_begun = True
            return await child("good")

        task = asyncio.create_task(call())
        await workflow.wait_condition(lambda: self.has_begun)
        task.cancel()
        try:
            outcome = await task
        except (asyncio.CancelledError, ChildWorkflowError) as error:
            outcome = outline(error)
        await self.finished()
        return outcome


@workflow.defn
class ChildDuplicateID(Told):
    @workflow.run
    async def run(self) -> str:
        try:
            return await child("good", id=workflow.info().workflow_id)
        except WorkflowAlreadyStartedError:
            self.words.append("refused")
            await self.finished()
            return self.words[0]


@workflow.defn
class ChildTerminated(Told):
    @workflow.run
    async def run(self) -> str:
        try:
            return await child("good")
        except ChildWorkflowError as error:
            return outline(error)


@workflow.defn
class ChildTerminatedFailsParent(Told):
    @workflow.run
    async def run(self) -> str:
        return await child("good")


@workflow.defn
class ChildTimesOut(Told):
    @workflow.run
    async def run(self) -> str:
        try:
            return await child("good", run_timeout=seconds(5))
        except ChildWorkflowError as error:
            return outline(error)


@workflow.defn
class ChildTimeoutFailsParent(Told):
    @workflow.run
    async def run(self) -> str:
        return await child("good", run_timeout=seconds(5))


@workflow.defn
class ChildCancelledFromOutside(Told):
    @workflow.run
    async def run(self) -> str:
        try:
            return await child("good")
        except ChildWorkflowError as error:
            return outline(error)


@workflow.defn
class ChildCancelledFailsParent(Told):
    @workflow.run
    async def run(self) -> str:
        return await child("good")


@workflow.defn
class ParentCancelled(Told):
    """Cancellation reaches the child, and then ends the parent."""

    @workflow.run
    async def run(self) -> str:
        return await child("good")


@workflow.defn
class ParentClosesAbandoning(ChildCanceller):
    @workflow.run
    async def run(self) -> str:
        return await self.close(ParentClosePolicy.ABANDON)

    async def close(self, policy: ParentClosePolicy) -> str:
        task = asyncio.create_task(
            child("good", parent_close_policy=policy, cancellation_type=ChildWorkflowCancellationType.ABANDON)
        )
        await self.told()
        task.cancel()
        try:
            return await task
        except ChildWorkflowError as error:
            return outline(error)


@workflow.defn
class ParentClosesCancelling(ParentClosesAbandoning):
    @workflow.run
    async def run(self) -> str:
        return await self.close(ParentClosePolicy.REQUEST_CANCEL)


@workflow.defn
class ParentClosesTerminating(ParentClosesAbandoning):
    @workflow.run
    async def run(self) -> str:
        return await self.close(ParentClosePolicy.TERMINATE)
