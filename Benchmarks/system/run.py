"""How long a payment takes from its request on Kafka to its outcome there, at one rate after another, until the system no longer keeps up.

The load is that of `payment-saga produce`: an open loop, with latencies from when each request was due, and a reconciliation that fails the
run when a request has not exactly the outcome expected. The whole system, the broker and Temporal share the machine with it.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from chart import lines  # noqa: E402

HEAD = "| requested/s | outcomes/s | p50 ms | p90 ms | p99 ms | max ms |\n|---:|---:|---:|---:|---:|---:|"


def load(rate: float, seconds: int, seed: int) -> dict:
    with tempfile.NamedTemporaryFile(suffix=".json") as report:
        done = subprocess.run(
            ["payment-saga", "produce", "--rate", str(rate), "--duration", f"{seconds}s", "--seed", str(seed),
             # The local broker does not wake a reader that waits: one that waits for long learns of outcomes late.
             "--kafka-properties", "fetch.wait.max.ms=10", "--log-level", "warning", "--json", report.name], stdout=subprocess.PIPE, text=True)
        if done.returncode:
            sys.exit(f"the load of {rate}/s failed:\n{done.stdout}")
        return json.loads(Path(report.name).read_text())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rates", default="2,5,10,15,20,25,30,35,40", help="requests a second, separated by commas, rising")
    parser.add_argument("--seconds", type=int, default=30, help="how long each rate is kept up")
    parser.add_argument("--json", help="where to write the figures")
    parser.add_argument("--chart", help="where to write a chart of them, as SVG")
    arguments = parser.parse_args()

    print(HEAD, flush=True)
    results = []
    for number, rate in enumerate(map(float, arguments.rates.split(","))):
        report = load(rate, arguments.seconds, number + 1)
        times = report["latency_ms_of_all"]
        results.append({
            "rate": rate, "payments": report["sent"], "throughput": report["throughput"],
            **{key: times[key] for key in ("p50", "p90", "p99", "max")}})
        print(f"| {rate:g} | {report['throughput']:.1f} | {times['p50']:.0f} | {times['p90']:.0f} | {times['p99']:.0f} | "
              f"{times['max']:.0f} |", flush=True)
        # The backlog grows as long as the load lasts: higher rates would only tell how long that was.
        if times["p50"] > 1000 * arguments.seconds / 10:
            break
    if arguments.json:
        Path(arguments.json).write_text(json.dumps(results, indent=1) + "\n")
    if arguments.chart:
        series = {name: [(figures["rate"], figures[name]) for figures in results] for name in ("p50", "p99")}
        Path(arguments.chart).write_text(
            lines("From request to outcome, by requests a second", "requests/s", "ms", series, is_measured=True))


if __name__ == "__main__":
    main()
