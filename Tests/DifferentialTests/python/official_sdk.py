"""The official SDK's side of the differential test: official_sdk.py HOST:PORT GATES

Reads commands as lines of JSON from standard input and answers each with a line on standard output; ends with its input.
Every command and its answer have an `id`.

    {"id": 1, "serve": QUEUE}                                 serve a task queue with all workflows and activities
    {"id": 2, "replay": {"workflow_id": ID, "history": H}}    replay a history (base64 of the protobuf message)

An answer has an `error` if something went wrong.
"""

import asyncio
import base64
import json
import logging
import sys
from datetime import timedelta

import gates
from activities import ALL_ACTIVITIES
from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.history.v1 import History
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest
from temporalio.client import Client, WorkflowHistory
from temporalio.worker import Replayer, UnsandboxedWorkflowRunner, Worker

import scenarios


class OfficialSDK:
    def __init__(self, client: Client) -> None:
        self.client = client
        self.workers: list[Worker] = []
        self.serving: list[asyncio.Task] = []

    async def add_search_attributes(self) -> None:
        await self.client.operator_service.add_search_attributes(
            AddSearchAttributesRequest(
                namespace=self.client.namespace,
                search_attributes={
                    "DifferentialKeyword": IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
                    "DifferentialInt": IndexedValueType.INDEXED_VALUE_TYPE_INT,
                    "DifferentialKeywordList": IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD_LIST,
                },
            )
        )

    async def carry_out(self, command: dict) -> None:
        if "serve" in command:
            await self.serve(command["serve"])
        else:
            await self.replay(**command["replay"])

    async def serve(self, queue: str) -> None:
        worker = Worker(
            self.client,
            task_queue=queue,
            workflows=scenarios.ALL_WORKFLOWS,
            activities=ALL_ACTIVITIES,
            workflow_runner=UnsandboxedWorkflowRunner(),
            graceful_shutdown_timeout=timedelta(0),
            # Scenarios hold workflow tasks up on purpose, which is not to be taken for a deadlock.
            debug_mode=True,
        )
        self.workers.append(worker)
        self.serving.append(asyncio.create_task(worker.run()))

    async def replay(self, workflow_id: str, history: str) -> None:
        events = History.FromString(base64.b64decode(history)).events
        replayer = Replayer(workflows=scenarios.ALL_WORKFLOWS, workflow_runner=UnsandboxedWorkflowRunner())
        await replayer.replay_workflow(WorkflowHistory(workflow_id, list(events)))

    async def stop(self) -> None:
        await asyncio.gather(*(worker.shutdown() for worker in self.workers))
        await asyncio.gather(*self.serving)


async def main() -> None:
    address, gates.FOLDER = sys.argv[1:3]
    # What scenarios do wrong on purpose is not worth a line.
    logging.basicConfig(level=logging.CRITICAL)
    sdk = OfficialSDK(await Client.connect(address))
    await sdk.add_search_attributes()
    commands = asyncio.StreamReader(limit=1 << 26)
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(commands), sys.stdin
    )

    async def answer(command: dict) -> None:
        result = {"id": command["id"]}
        try:
            await sdk.carry_out(command)
        except Exception as error:
            result["error"] = f"{type(error).__name__}: {error}"
        print(json.dumps(result), flush=True)

    answers = set()
    while line := await commands.readline():
        task = asyncio.create_task(answer(json.loads(line)))
        answers.add(task)
        task.add_done_callback(answers.discard)
    await sdk.stop()


if __name__ == "__main__":
    asyncio.run(main())
