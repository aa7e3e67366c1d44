"""What a payment costs on our worker and on the official Python SDK: the same saga, on the same server, in the same run.

Every worker is a process of its own and serves task queues of its own; its services answer at once, so that the cost is that of the saga.
One client starts the payments, a fixed number in flight, as the bridge does; it is in nobody's figures. A payment's time ends when its
outcome is published, which a worker does by a line of its output: to ask the server would be work that no payment makes. The sides take
turns, so that whatever else the machine does falls on all of them.
"""

import argparse
import asyncio
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from temporalio.client import Client

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
from chart import lines  # noqa: E402
from temporal_server import ATTRIBUTES, connect, cpu_seconds, start_server  # noqa: E402

@dataclass
class Side:
    name: str
    command: list[str]
    count: int
    queue: str
    workers: list[subprocess.Popen] = field(default_factory=list)
    awaited: dict[str, asyncio.Future] = field(default_factory=dict)

    def start(self, address: str, delay: int) -> None:
        loop = asyncio.get_running_loop()
        for _ in range(self.count):
            worker = subprocess.Popen([*self.command, address, self.queue, str(delay)], stdout=subprocess.PIPE, text=True)
            self.workers.append(worker)
            if worker.stdout.readline() != "ready\n":
                sys.exit(f"a worker of {self.name} did not start")
            threading.Thread(target=self.read_outcomes, args=(worker, loop), daemon=True).start()

    def read_outcomes(self, worker: subprocess.Popen, loop: asyncio.AbstractEventLoop) -> None:
        for line in worker.stdout:
            identifier, status = line.split()
            loop.call_soon_threadsafe(self.end, identifier, status)

    def end(self, identifier: str, status: str) -> None:
        # Published again when a workflow task was lost; the first time counts.
        if waiter := self.awaited.pop(identifier, None):
            waiter.set_result(status)

    def cpu(self) -> float:
        return sum(cpu_seconds(worker.pid) for worker in self.workers)


async def pay(starter: subprocess.Popen, side: Side) -> tuple[str, float]:
    """Makes one payment, and returns its id and how long it took to its outcome."""
    identifier = f"{side.queue}-{time.time_ns()}"
    outcome = side.awaited[identifier] = asyncio.get_running_loop().create_future()
    begin = time.monotonic()
    starter.stdin.write(f"{identifier} {side.queue}\n")
    starter.stdin.flush()
    status = await asyncio.wait_for(outcome, 120)
    if status != "succeeded":
        sys.exit(f"{identifier} came to {status}")
    return identifier, time.monotonic() - begin


async def settled(client: Client, side: Side) -> None:
    """Waits until the workflows of the payments have ended, which they do soon after their outcomes."""
    while (await client.count_workflows(f"ExecutionStatus = 'Running' AND TaskQueue = '{side.queue}'")).count:
        await asyncio.sleep(0.05)


async def drive(starter: subprocess.Popen, side: Side, count: int, in_flight: int) -> tuple[float, list[float]]:
    """Makes `count` payments, and returns how many outcomes a second there were, and each one's seconds."""
    left = count
    times = []

    async def one_after_another() -> None:
        nonlocal left
        while left > 0:
            left -= 1
            times.append((await pay(starter, side))[1])

    begin = time.monotonic()
    await asyncio.gather(*(one_after_another() for _ in range(in_flight)))
    return count / (time.monotonic() - begin), times


async def measure(
    client: Client, server: subprocess.Popen, starter: subprocess.Popen, side: Side, count: int, in_flight: int
) -> dict:
    worker, serving = side.cpu(), cpu_seconds(server.pid)
    rate, times = await drive(starter, side, count, in_flight)
    await settled(client, side)
    worker, serving = side.cpu() - worker, cpu_seconds(server.pid) - serving
    cuts = statistics.quantiles(times, n=100, method="inclusive")
    return {
        "side": side.name, "in_flight": in_flight, "payments": count, "payments_per_second": rate,
        "p50_ms": cuts[49] * 1000, "p99_ms": cuts[98] * 1000,
        "worker_cpu_ms": worker * 1000 / count, "server_cpu_ms": serving * 1000 / count,
    }


async def history(client: Client, starter: subprocess.Popen, side: Side) -> dict:
    identifier, _ = await pay(starter, side)
    await settled(client, side)
    # Temporal's names for the types of events.
    events = [event.event_type async for event in client.get_workflow_handle(identifier).fetch_history_events()]
    return {"events": len(events), "workflow_tasks": events.count(7)}


def row(figures: dict) -> str:
    return (
        f"| {figures['side']} | {figures['in_flight']} | {figures['payments_per_second']:.1f} | {figures['p50_ms']:.0f} | "
        f"{figures['p99_ms']:.0f} | {figures['worker_cpu_ms']:.1f} | {figures['server_cpu_ms']:.1f} |")


HEAD = ("| worker | in flight | payments/s | p50 ms | p99 ms | worker CPU ms a payment | server CPU ms a payment |\n"
        "|---|---:|---:|---:|---:|---:|---:|")


def machine() -> dict:
    model = next((line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines()
                  if line.startswith("model name")), platform.machine())
    return {"processor": model, "cores": os.cpu_count(), "kernel": platform.release()}


def median_of(rounds: list[dict]) -> dict:
    return {key: value if isinstance(value, (str, int)) else statistics.median(each[key] for each in rounds)
            for key, value in rounds[0].items()}


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("swift_worker", help="the built BenchmarkPayments")
    parser.add_argument("--in-flight", default="1,10,25,50,100", help="payments at the same time, separated by commas")
    parser.add_argument("--payments", type=int, default=400, help="payments in each round of each side")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--workers", default="1,2", help="workers of each side, separated by commas")
    parser.add_argument("--confirmation-delay", type=int, default=5, help="milliseconds until the gateway confirms")
    parser.add_argument("--json", help="where to write the figures")
    parser.add_argument("--charts", help="a folder for charts of them")
    arguments = parser.parse_args()

    commands = {"Swift": [arguments.swift_worker], "Python": [sys.executable, str(HERE / "python_worker.py")]}
    sides = [
        Side(f"{name} ×{count}", command, count, f"{name.lower()}-{count}")
        for count in map(int, arguments.workers.split(",")) for name, command in commands.items()]
    levels = [int(level) for level in arguments.in_flight.split(",")]
    processes: list[subprocess.Popen] = []
    with tempfile.TemporaryDirectory() as folder:
        try:
            options = [part for attribute in ATTRIBUTES for part in ("--search-attribute", attribute)]
            server, address = start_server(
                folder, "--db-filename", f"{folder}/temporal.db", "--sqlite-pragma", "journal_mode=wal",
                "--sqlite-pragma", "synchronous=off", *options)
            processes.append(server)
            client = await connect(address)
            starter = subprocess.Popen(
                [arguments.swift_worker, address], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            processes.append(starter)
            if starter.stdout.readline() != "ready\n":
                sys.exit("the program that starts payments did not start")
            results = []
            histories = {}
            # One count of workers at a time: idle ones poll as well.
            for count in map(int, arguments.workers.split(",")):
                now = [side for side in sides if side.count == count]
                for side in now:
                    side.start(address, arguments.confirmation_delay)
                    processes += side.workers
                    await drive(starter, side, 100, 20)
                    histories[side.name] = await history(client, starter, side)
                for level in levels:
                    rounds = {side.name: [] for side in now}
                    for _ in range(arguments.rounds):
                        for side in now:
                            size = max(2 * level, min(arguments.payments, 40 * level))
                            rounds[side.name].append(await measure(client, server, starter, side, size, level))
                    for side in now:
                        results.append(median_of(rounds[side.name]))
                        print(row(results[-1]), flush=True)
                for side in now:
                    for worker in side.workers:
                        worker.kill()
                        worker.wait()
            print(f"\n{HEAD}\n" + "\n".join(map(row, results)))
            for name, counts in histories.items():
                print(f"history of a payment, {name}: {counts['events']} events, {counts['workflow_tasks']} workflow tasks")
            if arguments.json:
                Path(arguments.json).write_text(
                    json.dumps({"machine": machine(), "histories": histories, "results": results}, indent=1) + "\n")
            if arguments.charts:
                draw(results, Path(arguments.charts))
        finally:
            for process in reversed(processes):
                process.kill()
                process.wait()


def draw(results: list[dict], folder: Path) -> None:
    for name, title, (across, bottom), (up, label) in (
        ("throughput", "Throughput by payments in flight", ("in_flight", "payments in flight"), ("payments_per_second", "payments/s")),
        ("latency", "Median latency by throughput", ("payments_per_second", "payments/s"), ("p50_ms", "ms")),
    ):
        series = {}
        for figures in results:
            series.setdefault(figures["side"], []).append((figures[across], figures[up]))
        (folder / f"payments-{name}.svg").write_text(lines(title, bottom, label, series, across == "payments_per_second"))


if __name__ == "__main__":
    asyncio.run(main())
