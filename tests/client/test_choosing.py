"""What a program says of the model, and who is then asked."""

import pytest

from video_gen import AsyncClient, Client, InvalidRequestError
from video_gen.catalog import load_catalog
from video_gen.catalog.load import Chain


def test_a_program_without_asyncio_asks_the_same():
    with Client() as client:
        decision = client.route("a calm ocean", policy="best", fallbacks=0)
    assert decision.policy == "best"
    assert [each.model for each in decision.ranked] == ["local/draft"]


async def test_choosing_can_be_the_default(monkeypatch):
    monkeypatch.setenv("VIDEO_GEN_MODEL", "Auto")
    async with AsyncClient() as client:
        plan = await client.plan("a calm ocean")
        named = await client.plan("a calm ocean", model="local")
    assert (plan.request.model, plan.model) == ("auto", "local/draft")
    assert plan.decision is not None
    assert (named.request.model, named.decision) == ("local", None)


async def test_a_model_of_images_is_to_be_named():
    async with AsyncClient() as client:
        with pytest.raises(InvalidRequestError, match="`auto` chooses among models for a new video"):
            await client.images.plan("a calm ocean", model="auto")


async def test_the_same_request_is_the_same_job_though_the_choice_may_have_changed(monkeypatch):
    async with AsyncClient() as client:
        first = await client.submit(await client.plan("a calm ocean", model="auto"), idempotency_key="once")
    monkeypatch.setenv("RUNWAYML_API_SECRET", "a-key-for-a-test")
    async with AsyncClient() as client:
        plan = await client.plan("a calm ocean", model="auto")
        again = await client.submit(plan, idempotency_key="once")
    assert plan.model != first.plan.model
    assert again.id == first.id


def test_every_try_order_names_models_that_are_there_and_one_that_lives():
    catalog = load_catalog()
    for chain in catalog.chains.values():
        assert isinstance(chain, Chain)
        assert any(card.lifecycle.status != "retired" for card in catalog.chain(chain.name))
