"""The baseline: the same saga on the official Python SDK. python_worker.py HOST:PORT TASK_QUEUE MILLISECONDS

Step by step what PaymentWorkflow does: the same activities, local ones where those are local, the same child workflow, signal, timer,
search attributes, compensations and record of its steps; and nothing more.
"""

import asyncio
import sys
from datetime import timedelta

from temporalio import activity, workflow
from temporalio.client import Client
from temporalio.common import RetryPolicy, SearchAttributeKey
from temporalio.exceptions import ActivityError, ApplicationError
from temporalio.worker import PollerBehaviorAutoscaling, Worker

STATUS = SearchAttributeKey.for_keyword("PaymentStatus")
ATTEMPTED = {
    "start_to_close_timeout": timedelta(seconds=10), "schedule_to_close_timeout": timedelta(seconds=120),
    "retry_policy": RetryPolicy(initial_interval=timedelta(milliseconds=100), maximum_interval=timedelta(seconds=10)),
}
REQUIRED = {
    "start_to_close_timeout": timedelta(seconds=15),
    "retry_policy": RetryPolicy(
        initial_interval=timedelta(milliseconds=200), maximum_interval=timedelta(seconds=5), maximum_attempts=6),
}

QUICK = {"start_to_close_timeout": timedelta(seconds=2), "retry_policy": RetryPolicy(maximum_attempts=1)}


class Refused(Exception):
    def __init__(self, status: str, code: str, reason: str) -> None:
        super().__init__(reason)
        self.status, self.code, self.reason = status, code, reason


@workflow.defn(name="FraudCheckWorkflow")
class FraudCheckWorkflow:
    @workflow.run
    async def run(self, request: dict) -> dict:
        return await workflow.execute_local_activity(
            "fraud.assess", request, start_to_close_timeout=timedelta(seconds=10),
            schedule_to_close_timeout=timedelta(seconds=60))


@workflow.defn(name="PaymentWorkflow")
class PaymentWorkflow:
    def __init__(self) -> None:
        self.confirmation = None
        self.seen = set()
        self.compensations = []
        self.steps = {}
        self.stage = "validate"

    @workflow.signal(name="gateway-confirmation")
    def confirm(self, confirmation: dict) -> None:
        if confirmation["confirmationID"] in self.seen:
            return
        self.seen.add(confirmation["confirmationID"])
        self.confirmation = self.confirmation or confirmation

    @workflow.query(name="status")
    def status(self) -> dict:
        return {"stage": self.stage, "steps": list(self.steps.values())}

    async def step(self, name: str, work) -> dict:
        self.stage = name
        record = self.steps[name] = {"name": name, "startedAt": workflow.now().isoformat(), "attempts": 1}
        try:
            result = await work
        except Exception as error:
            record.update(endedAt=workflow.now().isoformat(), error=str(error))
            raise
        record["endedAt"] = workflow.now().isoformat()
        return result

    def local(self, name: str, argument: dict, options: dict):
        return workflow.execute_local_activity(name, argument, **options)

    async def check_for_fraud(self, request: dict) -> None:
        assessment = await workflow.execute_child_workflow(
            "FraudCheckWorkflow", request, id=f"{request['paymentID']}/fraud-check",
            task_queue=f"{workflow.info().task_queue}-fraud", execution_timeout=timedelta(seconds=120),
            run_timeout=timedelta(seconds=90))
        if assessment["isSuspicious"]:
            raise Refused("failed", "FRAUD_SUSPECTED", f"the fraud check scored {assessment['score']} of 100")

    async def authorise(self, request: dict) -> None:
        answer = await self.local("ledger.authorise", request, ATTEMPTED)
        if refusal := answer["value"].get("refusal"):
            raise Refused("failed", refusal["code"], refusal["reason"])

    async def submit(self, request: dict) -> str:
        try:
            answer = await self.local("gateway.submit", request, QUICK)
        except ActivityError:
            answer = await workflow.execute_activity(
                "gateway.submit", request, task_queue=f"{workflow.info().task_queue}-gateway",
                start_to_close_timeout=timedelta(seconds=15), schedule_to_close_timeout=timedelta(seconds=120))
        return answer["value"]["accepted"]["reference"]

    async def wait_for_confirmation(self, policy: dict) -> None:
        timeout = timedelta(milliseconds=policy["confirmationTimeoutMilliseconds"])
        try:
            await workflow.wait_condition(lambda: self.confirmation is not None, timeout=timeout)
        except asyncio.TimeoutError:
            raise Refused("failed", "CONFIRMATION_TIMEOUT", "the gateway did not confirm in time") from None
        if self.confirmation["status"] != "approved":
            raise Refused("failed", "GATEWAY_DECLINED", self.confirmation["reason"])

    async def pay(self, request: dict, policy: dict) -> str:
        self.compensations.append(("return-funds", "ledger.return-funds"))
        answer = await self.step("validate", self.local("ledger.validate", request, ATTEMPTED))
        if refusal := answer["value"].get("refusal"):
            raise Refused("rejected", refusal["code"], refusal["reason"])
        await asyncio.gather(
            self.step("fraud-check", self.check_for_fraud(request)), self.step("authorise", self.authorise(request)))
        self.compensations.append(("void", "gateway.void"))
        reference = await self.step("submit", self.submit(request))
        await self.step("confirm", self.wait_for_confirmation(policy))
        await self.step("settle", self.local("ledger.settle", request, REQUIRED))
        return reference

    @workflow.run
    async def run(self, payment: dict) -> dict:
        request, refused, reference = payment["request"], None, None
        try:
            reference = await self.pay(request, payment["policy"])
        except Refused as refusal:
            refused = refusal
        except (ActivityError, ApplicationError):
            refused = Refused("failed", "INTERNAL", "a step failed for good")
        if refused:
            for name, undo in reversed(self.compensations):
                await self.step(name, self.local(undo, request, REQUIRED))
        result = {
            "status": refused.status if refused else "succeeded", "reason": refused.reason if refused else "",
            "gatewayReference": reference, "completedAt": workflow.now().isoformat(),
        }
        announcement = {"request": request, "result": result}
        await self.step("publish-outcome", self.local("events.publish-outcome", announcement, REQUIRED))
        workflow.upsert_search_attributes([STATUS.value_set(result["status"])])
        await asyncio.gather(*(
            self.step(f"notify-{channel}", self.local(
                "notifications.send", {"channel": channel, "announcement": announcement}, REQUIRED))
            for channel in ("email", "sms")))
        return result


def quick(name: str, value: dict):
    @activity.defn(name=name)
    async def run(_: dict) -> dict:
        return value

    return run


async def main() -> None:
    client = await Client.connect(sys.argv[1])
    queue, delay = sys.argv[2], int(sys.argv[3]) / 1000
    signals = set()

    async def confirm(payment_id: str) -> None:
        await asyncio.sleep(delay)
        await client.get_workflow_handle(payment_id).signal("gateway-confirmation", {
            "confirmationID": "confirmation", "status": "approved", "gatewayReference": "charge", "reason": ""})

    @activity.defn(name="gateway.submit")
    async def submit(request: dict) -> dict:
        task = asyncio.create_task(confirm(request["paymentID"]))
        signals.add(task)
        task.add_done_callback(signals.discard)
        return {"attempt": 1, "value": {"accepted": {"reference": "charge"}}}

    @activity.defn(name="events.publish-outcome")
    async def publish(announcement: dict) -> dict:
        print(announcement["request"]["paymentID"], announcement["result"]["status"], flush=True)
        return done

    done = {"attempt": 1, "value": {}}
    workers = [
        Worker(
            client, task_queue=queue, workflows=[PaymentWorkflow], max_concurrent_workflow_tasks=100,
            workflow_task_poller_behavior=PollerBehaviorAutoscaling(),
            activities=[submit, publish, *(quick(name, done) for name in (
                "ledger.validate", "ledger.authorise", "ledger.settle", "notifications.send"))]),
        Worker(client, task_queue=f"{queue}-gateway", activities=[submit]),
        Worker(
            client, task_queue=f"{queue}-fraud", workflows=[FraudCheckWorkflow],
            workflow_task_poller_behavior=PollerBehaviorAutoscaling(),
            activities=[quick("fraud.assess", {"isSuspicious": False, "score": 5, "reason": ""})]),
    ]
    print("ready", flush=True)
    await asyncio.gather(*(worker.run() for worker in workers))


if __name__ == "__main__":
    asyncio.run(main())
