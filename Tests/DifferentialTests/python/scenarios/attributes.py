import asyncio

from temporalio import workflow
from temporalio.common import SearchAttributeKey
from told import Told

KEYWORD = SearchAttributeKey.for_keyword("DifferentialKeyword")
NUMBER = SearchAttributeKey.for_int("DifferentialInt")
WORDS = SearchAttributeKey.for_keyword_list("DifferentialKeywordList")


@workflow.defn
class SearchAttributesUpserted(Told):
    @workflow.run
    async def run(self) -> str:
        workflow.upsert_search_attributes([KEYWORD.value_set("paid"), NUMBER.value_set(7)])
        await asyncio.sleep(0.02)
        workflow.upsert_search_attributes([WORDS.value_set(["a", "b"])])
        return str(workflow.info().typed_search_attributes.get(KEYWORD))


@workflow.defn
class SearchAttributeUnset(Told):
    @workflow.run
    async def run(self) -> str:
        workflow.upsert_search_attributes([KEYWORD.value_set("paid")])
        await asyncio.sleep(0.02)
        workflow.upsert_search_attributes([KEYWORD.value_unset()])
        return "unset"


@workflow.defn
class MemoUpserted(Told):
    @workflow.run
    async def run(self) -> str:
        workflow.upsert_memo({"note": "first"})
        await asyncio.sleep(0.02)
        workflow.upsert_memo({"note": "second"})
        workflow.upsert_memo({"note": None})
        return "done"
