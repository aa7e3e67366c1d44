import asyncio

from activities import echo, hold
from temporalio import workflow
from told import ONCE, Told


@workflow.defn
class ParallelAsyncLet(Told):
    @workflow.run
    async def run(self) -> list[str]:
        async def call(gate: str) -> str:
            result = await workflow.execute_activity(hold, {"gate": gate}, **ONCE)
            self.words.append(result)
            return result

        first, second = await asyncio.gather(call("a"), call("b"))
        return [first, second, *self.words]


@workflow.defn
class ParallelGroup(Told):
    @workflow.run
    async def run(self) -> list[str]:
        async def call(gate: str) -> None:
            self.words.append(await workflow.execute_activity(hold, {"gate": gate}, **ONCE))
            await workflow.execute_activity(echo, f"after {gate}", **ONCE)

        await asyncio.gather(*(call(gate) for gate in "abc"))
        return self.words


@workflow.defn
class ParallelFailureCancelsOthers(Told):
    @workflow.run
    async def run(self) -> str:
        async def nap() -> None:
            await asyncio.sleep(60)

        async def call() -> None:
            await workflow.execute_activity(hold, {"gate": "a"}, **ONCE)
            raise RuntimeError("enough")

        tasks = [asyncio.create_task(nap()), asyncio.create_task(nap()), asyncio.create_task(call())]
        done, pending = await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
        for task in tasks:
            if task in pending:
                task.cancel()
        outcomes = await asyncio.gather(*tasks, return_exceptions=True)
        await self.finished()
        return ",".join("cancelled" if isinstance(o, asyncio.CancelledError) else str(o) for o in outcomes)


@workflow.defn
class RaceAgainstTimer(Told):
    @workflow.run
    async def run(self) -> str:
        async def nap() -> str:
            await asyncio.sleep(60)
            return "slept"

        call = asyncio.create_task(workflow.execute_activity(hold, {"gate": "a"}, **ONCE))
        timer = asyncio.create_task(nap())
        await asyncio.wait([call, timer], return_when=asyncio.FIRST_COMPLETED)
        timer.cancel()
        result = await call
        await self.finished()
        return result


@workflow.defn
class TimerAndActivity(Told):
    @workflow.run
    async def run(self) -> list[str]:
        async def nap() -> None:
            await asyncio.sleep(3)
            self.words.append("slept")

        async def call() -> None:
            self.words.append(await workflow.execute_activity(echo, "echo", **ONCE))

        await asyncio.gather(nap(), call())
        return self.words


@workflow.defn
class ManyAtOnce(Told):
    """Twenty timers and twenty conditions."""

    @workflow.run
    async def run(self) -> int:
        async def nap(index: int) -> None:
            await asyncio.sleep(60 + index)

        async def wait() -> int:
            await self.told()
            return 1

        naps = [asyncio.create_task(nap(index)) for index in range(20)]
        count = sum(await asyncio.gather(*(wait() for _ in range(20))))
        for task in naps:
            task.cancel()
        await asyncio.gather(*naps, return_exceptions=True)
        await self.finished()
        return count
