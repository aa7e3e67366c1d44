from scenarios.children import ChildCanceller, PatientChild, child_id
from temporalio import workflow
from temporalio.exceptions import ApplicationError
from temporalio.workflow import ChildWorkflowCancellationType, ParentClosePolicy
from told import Told, outline


@workflow.defn
class ExternalSignal(Told):
    @workflow.run
    async def run(self) -> str:
        await self.told()
        await workflow.get_external_workflow_handle(child_id("target")).signal("finish")
        await self.finished()
        return "signalled"


@workflow.defn
class ExternalSignalNotFound(Told):
    @workflow.run
    async def run(self) -> str:
        try:
            await workflow.get_external_workflow_handle(child_id("nobody")).signal("finish")
            return "signalled"
        except ApplicationError as error:
            return outline(error)


@workflow.defn
class ExternalCancel(Told):
    @workflow.run
    async def run(self) -> str:
        await self.told()
        await workflow.get_external_workflow_handle(child_id("target")).cancel()
        await self.finished()
        return "cancelled"


@workflow.defn
class ExternalCancelNotFound(Told):
    @workflow.run
    async def run(self) -> str:
        try:
            await workflow.get_external_workflow_handle(child_id("nobody")).cancel()
            return "cancelled"
        except ApplicationError as error:
            return outline(error)


@workflow.defn
class ChildSignalled(Told):
    @workflow.run
    async def run(self) -> str:
        child = await workflow.start_child_workflow(PatientChild.run, "activity", id=child_id())
        await self.told()
        await child.signal(PatientChild.finish)
        await self.finished()
        return await child


@workflow.defn
class ChildLeftBehind(Told):
    @workflow.run
    async def run(self) -> str:
        child = await workflow.start_child_workflow(
            PatientChild.run, "good", id=child_id(), parent_close_policy=ParentClosePolicy.ABANDON
        )
        return str(child.id == child_id())


@workflow.defn
class ChildWaitCancelRequested(ChildCanceller):
    @workflow.run
    async def run(self) -> str:
        return await self.play("good", ChildWorkflowCancellationType.WAIT_CANCELLATION_REQUESTED)
