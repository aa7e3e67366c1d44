"""How fast our worker and the official Python SDK's replay the same histories, in the same run, and what 1,000 waiting runs cost in memory."""

import argparse
import asyncio
import statistics
import subprocess
import tempfile
import time
from datetime import timedelta
from pathlib import Path

from temporalio import workflow
from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer


async def work(index: int) -> int:
    return await workflow.execute_activity(
        "work", index, result_type=int, start_to_close_timeout=timedelta(seconds=30)
    )


@workflow.defn
class SequentialWorkflow:
    @workflow.run
    async def run(self, count: int) -> int:
        return sum([await work(index) for index in range(count)])


@workflow.defn
class MixedWorkflow:
    def __init__(self) -> None:
        self.proceeded = 0

    @workflow.run
    async def run(self, count: int) -> int:
        total = 0
        for index in range(1, count + 1):
            _, result = await asyncio.gather(asyncio.sleep(1), work(index))
            total += result
            await workflow.wait_condition(lambda: self.proceeded >= index)
        return total

    @workflow.signal
    def proceed(self, number: int) -> None:
        self.proceeded = number


async def python_seconds(file: Path, rounds: int) -> float:
    history = WorkflowHistory.from_json(file.stem, file.read_text())
    replayer = Replayer(workflows=[SequentialWorkflow, MixedWorkflow])
    seconds = []
    for _ in range(rounds):
        begin = time.monotonic()
        await replayer.replay_workflow(history)
        seconds.append(time.monotonic() - begin)
    return statistics.median(seconds)


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("swift_replay", help="the built BenchmarkReplay")
    parser.add_argument("--activities", type=int, default=2000, help="in the longest history; each makes six events")
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()

    with tempfile.TemporaryDirectory() as folder:
        output = subprocess.run(
            [arguments.swift_replay, folder, str(arguments.activities), str(arguments.rounds)],
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        print(f"{'history':<12}{'events':>8}{'swift events/s':>17}{'python events/s':>18}{'ratio':>8}")
        for line in output.splitlines():
            name, *figures = line.split()
            if name == "resident":
                print(f"1,000 cached workflows resident: {float(figures[0]):.1f} MB")
                continue
            events, swift = int(figures[0]), float(figures[1])
            python = await python_seconds(Path(folder) / f"{name}.json", arguments.rounds)
            print(f"{name:<12}{events:>8}{events / swift:>17,.0f}{events / python:>18,.0f}{python / swift:>8.1f}")


# The sandbox of the workflows reads this file again.
if __name__ == "__main__":
    asyncio.run(main())
