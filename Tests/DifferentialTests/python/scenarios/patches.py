import asyncio

from activities import echo
from temporalio import workflow
from told import ONCE, Told


@workflow.defn
class Patched(Told):
    @workflow.run
    async def run(self) -> str:
        if workflow.patched("new-course"):
            await asyncio.sleep(0.02)
            return "new"
        return "old"


@workflow.defn
class PatchedSeveral(Told):
    """Two patches, one of them asked for twice, in several tasks."""

    @workflow.run
    async def run(self) -> list[bool]:
        answers = [workflow.patched("b"), workflow.patched("b")]
        await workflow.execute_activity(echo, "between", **ONCE)
        answers += [workflow.patched("b"), workflow.patched("a")]
        await asyncio.sleep(0.02)
        return answers


@workflow.defn
class PatchDeprecated(Told):
    @workflow.run
    async def run(self) -> str:
        workflow.deprecate_patch("new-course")
        await asyncio.sleep(0.02)
        return "new"


@workflow.defn
class PatchedInSignal(Told):
    @workflow.signal
    async def work(self, word: str) -> None:
        if workflow.patched("in-handler"):
            self.words.append(await workflow.execute_activity(echo, word, **ONCE))

    @workflow.run
    async def run(self) -> list[str]:
        await workflow.wait_condition(lambda: len(self.words) > 0)
        return self.words
