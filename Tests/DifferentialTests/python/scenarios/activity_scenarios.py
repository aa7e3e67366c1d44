from activities import echo, fail, hold, nothing, resume
from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError
from told import ONCE, Told, milliseconds, outline, retries, seconds


@workflow.defn
class ActivitySuccess:
    @workflow.run
    async def run(self, word: str) -> str:
        return await workflow.execute_activity(echo, word, **ONCE)


@workflow.defn
class ActivityWithoutValues(Told):
    @workflow.run
    async def run(self) -> None:
        await workflow.execute_activity(nothing, **ONCE)


@workflow.defn
class ActivityDefaultOptions(Told):
    @workflow.run
    async def run(self) -> str:
        return await workflow.execute_activity(echo, "a", start_to_close_timeout=seconds(30))


@workflow.defn
class ActivityAllOptions(Told):
    @workflow.run
    async def run(self) -> str:
        return await workflow.execute_activity(
            echo,
            "a",
            schedule_to_close_timeout=seconds(50),
            schedule_to_start_timeout=seconds(20),
            start_to_close_timeout=seconds(30),
            heartbeat_timeout=milliseconds(7500),
            retry_policy=RetryPolicy(
                initial_interval=milliseconds(1500),
                backoff_coefficient=1.5,
                maximum_interval=seconds(7),
                maximum_attempts=4,
                non_retryable_error_types=["One", "Other"],
            ),
        )


@workflow.defn
class ActivityRetry(Told):
    @workflow.run
    async def run(self) -> str:
        return await workflow.execute_activity(
            fail, {"message": "try again", "type": "Flaw", "times": 2, "details": ["one", "two"]}, **retries()
        )


@workflow.defn
class ActivityNonRetryable(Told):
    @workflow.run
    async def run(self) -> str:
        try:
            return await workflow.execute_activity(
                fail,
                {"message": "no hope", "type": "Flaw", "times": 1, "isNonRetryable": True, "details": ["why"]},
                **retries(),
            )
        except ActivityError as error:
            return outline(error)


@workflow.defn
class ActivityNonRetryableType(Told):
    @workflow.run
    async def run(self) -> str:
        try:
            return await workflow.execute_activity(
                fail,
                {"message": "it failed", "type": "Fatal", "times": 1, "details": []},
                **retries(non_retryable_error_types=["Fatal"]),
            )
        except ActivityError as error:
            return outline(error)


@workflow.defn
class ActivityRetriesExhausted(Told):
    @workflow.run
    async def run(self) -> str:
        return await workflow.execute_activity(
            fail,
            {"message": "it failed", "type": "Flaw", "times": 5, "details": ["d"]},
            **retries(maximum_attempts=2),
        )


@workflow.defn
class ActivityUnknownError(Told):
    @workflow.run
    async def run(self) -> str:
        return await workflow.execute_activity(
            fail, {"message": "a bug", "type": "Bug", "times": 5, "details": []}, **ONCE
        )


@workflow.defn
class ActivityNextRetryDelay(Told):
    @workflow.run
    async def run(self) -> str:
        return await workflow.execute_activity(
            fail,
            {"message": "soon", "type": "Flaw", "times": 1, "details": [], "nextRetryMilliseconds": 20},
            start_to_close_timeout=seconds(30),
            retry_policy=RetryPolicy(initial_interval=seconds(100)),
        )


@workflow.defn
class ActivityStartToClose(Told):
    @workflow.run
    async def run(self) -> str:
        try:
            return await workflow.execute_activity(
                hold,
                {"gate": "late"},
                start_to_close_timeout=milliseconds(200),
                retry_policy=RetryPolicy(maximum_attempts=1),
            )
        except ActivityError as error:
            return outline(error)


@workflow.defn
class ActivityStartToCloseFailsWorkflow(Told):
    @workflow.run
    async def run(self) -> str:
        return await workflow.execute_activity(
            hold,
            {"gate": "late"},
            start_to_close_timeout=milliseconds(200),
            retry_policy=RetryPolicy(maximum_attempts=1),
        )


@workflow.defn
class ActivityHeartbeatTimeout(Told):
    @workflow.run
    async def run(self) -> str:
        try:
            return await workflow.execute_activity(
                hold,
                {"gate": "late", "details": "half"},
                start_to_close_timeout=seconds(30),
                heartbeat_timeout=seconds(2),
                retry_policy=RetryPolicy(maximum_attempts=1),
            )
        except ActivityError as error:
            return outline(error)


@workflow.defn
class ActivityScheduleToStart(Told):
    @workflow.run
    async def run(self) -> str:
        try:
            return await workflow.execute_activity(
                echo,
                "a",
                task_queue="nobody",
                schedule_to_start_timeout=milliseconds(150),
                schedule_to_close_timeout=seconds(30),
            )
        except ActivityError as error:
            return outline(error)


@workflow.defn
class ActivityScheduleToClose(Told):
    @workflow.run
    async def run(self) -> str:
        try:
            return await workflow.execute_activity(
                fail,
                {"message": "it failed", "type": "Flaw", "times": 5, "details": []},
                schedule_to_close_timeout=seconds(8),
                retry_policy=RetryPolicy(initial_interval=seconds(10)),
            )
        except ActivityError as error:
            return outline(error)


@workflow.defn
class ActivityHeartbeatDetails(Told):
    @workflow.run
    async def run(self) -> str:
        return await workflow.execute_activity(resume, **retries())


@workflow.defn
class ActivityLargeValue(Told):
    @workflow.run
    async def run(self) -> int:
        return len(await workflow.execute_activity(echo, "äb" * 50_000, **ONCE))


@workflow.defn
class ActivitiesInSequence(Told):
    @workflow.run
    async def run(self) -> list[str]:
        return [await workflow.execute_activity(echo, str(index), **ONCE) for index in range(5)]
