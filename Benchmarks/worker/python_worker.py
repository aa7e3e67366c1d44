"""The baseline: the same workflows on the official Python SDK. python_worker.py HOST:PORT TASK_QUEUE"""

import asyncio
import sys
from datetime import timedelta

from temporalio import activity, workflow
from temporalio.client import Client
from temporalio.worker import Worker


@activity.defn(name="noOp")
async def no_op() -> None:
    pass


@workflow.defn(name="NoOpWorkflow")
class NoOpWorkflow:
    @workflow.run
    async def run(self) -> None:
        pass


@workflow.defn(name="OneActivityWorkflow")
class OneActivityWorkflow:
    @workflow.run
    async def run(self) -> None:
        await workflow.execute_activity("noOp", start_to_close_timeout=timedelta(seconds=30))


async def main() -> None:
    client = await Client.connect(sys.argv[1])
    worker = Worker(
        client,
        task_queue=sys.argv[2],
        workflows=[NoOpWorkflow, OneActivityWorkflow],
        activities=[no_op],
        max_concurrent_workflow_tasks=100,
        max_concurrent_activities=100,
    )
    print("ready", flush=True)
    await worker.run()


if __name__ == "__main__":
    asyncio.run(main())
