"""Throughput and CPU of our worker against the official Python SDK's, on the same server in the same run.

Each worker is a process of its own and serves a task queue of its own. One client starts the workflows, a fixed number in flight, and waits
for each result; what it costs is in neither worker's figures. The workers take turns, so that whatever else the machine does falls on both.
"""

import argparse
import asyncio
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from temporalio.client import Client

WORKFLOWS = {"NoOpWorkflow": "returns at once", "OneActivityWorkflow": "one activity"}

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
from temporal_server import connect, cpu_seconds, result, start_server  # noqa: E402


async def drive(client: Client, workflow: str, queue: str, count: int, in_flight: int) -> float:
    """Runs `count` workflows and returns the seconds it took."""
    limit = asyncio.Semaphore(in_flight)

    async def one(index: int) -> None:
        async with limit:
            await result(await client.start_workflow(workflow, id=f"{queue}-{index}-{time.time_ns()}", task_queue=queue))

    begin = time.monotonic()
    await asyncio.gather(*(one(index) for index in range(count)))
    return time.monotonic() - begin


async def measure(client: Client, worker: subprocess.Popen, workflow: str, queue: str, arguments) -> tuple[float, float]:
    """Workflows a second, and worker CPU milliseconds a workflow."""
    before = cpu_seconds(worker.pid)
    elapsed = await drive(client, workflow, queue, arguments.workflows, arguments.in_flight)
    return arguments.workflows / elapsed, (cpu_seconds(worker.pid) - before) * 1000 / arguments.workflows


def resident_megabytes(pid: int) -> float:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


async def soak(client: Client, worker: subprocess.Popen, arguments) -> None:
    """Runs many workflows through one worker, and prints what it holds in memory as it goes."""
    batch = max(1, arguments.soak // 20)
    readings = []
    for done in range(batch, arguments.soak + 1, batch):
        elapsed = await drive(client, "OneActivityWorkflow", "benchmark-swift", batch, arguments.in_flight)
        readings.append(resident_megabytes(worker.pid))
        print(f"{done:6} workflows {readings[-1]:7.1f} MB resident {batch / elapsed:7.1f} workflows/s", flush=True)
    # The first half fills the cache of runs and the allocator's pools.
    half = len(readings) // 2
    print(f"resident, last to middle: {readings[-1] / readings[half]:.2f}")


async def compare(client: Client, workers: dict, workflow: str, what: str, arguments) -> None:
    """Measures one workflow on all workers in turn, and prints the medians and their ratios."""
    figures = {name: ([], []) for name in workers}
    for round_number in range(arguments.rounds):
        for name, worker in workers.items():
            rate, cpu = await measure(client, worker, workflow, f"benchmark-{name}", arguments)
            figures[name][0].append(rate)
            figures[name][1].append(cpu)
            print(f"{what}, round {round_number + 1} {name:6} {rate:7.1f} workflows/s {cpu:6.2f} ms CPU each", flush=True)
    rate = {name: statistics.median(rates) for name, (rates, _) in figures.items()}
    cpu = {name: statistics.median(cpus) for name, (_, cpus) in figures.items()}
    for name in workers:
        print(f"{what}, median {name:6} {rate[name]:7.1f} workflows/s {cpu[name]:6.2f} ms CPU each")
    print(f"{what}, throughput, swift to python: {rate['swift'] / rate['python']:.2f}")
    print(f"{what}, worker CPU a workflow, swift to python: {cpu['swift'] / cpu['python']:.2f}", flush=True)


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("swift_worker", help="the built BenchmarkWorker")
    parser.add_argument("--workflows", type=int, default=1000, help="workflows of each kind in each round")
    parser.add_argument("--in-flight", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--soak", type=int, help="instead, run this many through our worker and watch its memory")
    arguments = parser.parse_args()

    processes: list[subprocess.Popen] = []
    with tempfile.TemporaryDirectory() as folder:
        try:
            server, address = start_server(folder)
            processes.append(server)
            client = await connect(address)
            workers = {}
            commands = {"swift": [arguments.swift_worker]}
            if not arguments.soak:
                commands["python"] = [sys.executable, str(HERE / "python_worker.py")]
            for name, command in commands.items():
                worker = subprocess.Popen([*command, address, f"benchmark-{name}"], stdout=subprocess.PIPE)
                processes.append(worker)
                if worker.stdout.readline() != b"ready\n":
                    sys.exit(f"the {name} worker did not start")
                workers[name] = worker
                for workflow in WORKFLOWS:
                    await drive(client, workflow, f"benchmark-{name}", 100, arguments.in_flight)

            if arguments.soak:
                return await soak(client, workers["swift"], arguments)

            for workflow, what in WORKFLOWS.items():
                await compare(client, workers, workflow, what, arguments)
        finally:
            for process in reversed(processes):
                process.send_signal(signal.SIGKILL)
                process.wait()


if __name__ == "__main__":
    asyncio.run(main())
