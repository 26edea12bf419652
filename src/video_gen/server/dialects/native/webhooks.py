"""`/api/v1/webhooks`: have an address told what happens to tasks, and see what it was told."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from video_gen.engine.kinds import ENDS
from video_gen.engine.webhook import MOST_KINDS, MOST_URL, Message, Try
from video_gen.engine.webhook import Webhook as Stored
from video_gen.server.access import Generates, Reads
from video_gen.server.callbacks import secret_of
from video_gen.server.dialects.native.shown import PREFIX, Moment

router = APIRouter(prefix="/api/v1/webhooks", tags=["webhooks"])


class NewWebhook(BaseModel):
    """An address, and what it wants to be told."""

    model_config = ConfigDict(extra="forbid")

    url: str = Field(
        min_length=1, max_length=MOST_URL, description="Where to post.", examples=["https://example.com/hook"]
    )
    kinds: list[str] = Field(
        default_factory=list,
        max_length=MOST_KINDS,
        description="Kinds of events, or patterns like `job.*`. Not said: what ends a task.",
        examples=[list(ENDS)],
    )


class Webhook(BaseModel):
    """An address that is told what happens to tasks."""

    id: str = Field(description="Its id.", examples=["wh_9f86d081884c7d65"])
    url: str = Field(description="Where is posted.")
    kinds: list[str] = Field(description="What it is told.")
    task_id: str | None = Field(description="The only task it is told of; null: all of them.")
    disabled: bool = Field(description="It answered 410 and is told nothing any more.")
    created_at: Moment = Field(description="When it was added (UTC).")


class AddedWebhook(Webhook):
    """A new webhook."""

    secret: str = Field(description="What its messages are signed with; told this once.", examples=["whsec_..."])


class WebhookList(BaseModel):
    """The caller's webhooks, oldest first."""

    webhooks: list[Webhook] = Field(description="Each of them.")


class CallbackSecret(BaseModel):
    """What callbacks are signed with."""

    secret: str = Field(description="Of all the caller's callbacks, the same each time.", examples=["whsec_..."])


class Delivery(BaseModel):
    """One message to a webhook."""

    id: str = Field(description="The `webhook-id` it is sent with.", examples=["msg_2cf24dba5fb0a30e26e83b2a"])
    kind: str = Field(description="The event's kind.", examples=["job.completed"])
    task_id: str | None = Field(description="The event's task; null for a test.")
    state: str = Field(description="`pending`, `delivered` or `failed`.")
    tries: int = Field(description="How often it was sent.")
    at: Moment = Field(description="When it happened (UTC).")
    due_at: Moment = Field(description="When a pending one is sent next (UTC).")


class DeliveryList(BaseModel):
    """What a webhook was and is to be told, newest first."""

    deliveries: list[Delivery] = Field(description="Each of them.")


class DeliveryTry(BaseModel):
    """How one sending went."""

    at: Moment = Field(description="When (UTC).")
    ms: int = Field(description="Milliseconds it took.")
    status: int | None = Field(description="The answer's status; null: there was none.")
    error: str | None = Field(description="Why it did not arrive.")


class TryList(BaseModel):
    """How each sending of a message went, oldest first."""

    tries: list[DeliveryTry] = Field(description="Each of them.")


@router.post("", summary="Add a webhook")
async def add(gateway: Generates, body: NewWebhook) -> AddedWebhook:
    """Have an address told what happens to the caller's tasks from now on, signed as Standard Webhooks says."""
    webhook, secret = await gateway.add_webhook(body.url, body.kinds)
    return AddedWebhook(**_shown(webhook).model_dump(), secret=secret.get_secret_value())


@router.get("", summary="List webhooks")
async def webhooks(
    gateway: Reads,
    task_id: Annotated[str | None, Query(description="The callbacks of this task instead.")] = None,
) -> WebhookList:
    """List the caller's webhooks, or the callbacks of a task."""
    job_id = None if task_id is None else (await gateway.job(task_id)).id
    found = await gateway.webhooks.list(gateway.caller.id, job_id=job_id)
    return WebhookList(webhooks=[_shown(each) for each in found])


@router.get("/secret", summary="Get the secret of callbacks")
async def secret(gateway: Generates) -> CallbackSecret:
    """Tell what the caller's callbacks (`callback_url`) are signed with, as Standard Webhooks says."""
    return CallbackSecret(secret=await secret_of(gateway))


@router.delete("/{webhook_id}", summary="Remove a webhook")
async def remove(gateway: Generates, webhook_id: str) -> Webhook:
    """Forget a webhook, and what it was to be told."""
    return _shown(await gateway.webhooks.remove(webhook_id, gateway.caller.id))


@router.post("/{webhook_id}/test", summary="Test a webhook")
async def test(gateway: Generates, webhook_id: str) -> Delivery:
    """Send a message that tells of nothing."""
    return _delivery(await gateway.webhooks.test(webhook_id, gateway.caller.id))


@router.get("/{webhook_id}/deliveries", summary="See what a webhook was told")
async def deliveries(
    gateway: Reads,
    webhook_id: str,
    limit: Annotated[int, Query(ge=1, le=1000, description="How many at most.")] = 50,
) -> DeliveryList:
    """List messages to a webhook."""
    found = await gateway.webhooks.messages(webhook_id, gateway.caller.id, limit=limit)
    return DeliveryList(deliveries=[_delivery(each) for each in found])


@router.get("/deliveries/{delivery_id}/tries", summary="See how a delivery went")
async def tries(gateway: Reads, delivery_id: str) -> TryList:
    """List each sending of a message."""
    found = await gateway.webhooks.tries(delivery_id, gateway.caller.id)
    return TryList(tries=[_try(each) for each in found])


@router.post("/deliveries/{delivery_id}/redeliver", summary="Send a delivery again")
async def redeliver(gateway: Generates, delivery_id: str) -> Delivery:
    """Send a message again, with the id it had."""
    return _delivery(await gateway.webhooks.redeliver(delivery_id, gateway.caller.id))


def _shown(webhook: Stored) -> Webhook:
    return Webhook(
        id=webhook.id,
        url=webhook.url,
        kinds=list(webhook.kinds),
        task_id=_task_id(webhook.job_id),
        disabled=webhook.disabled_at is not None,
        created_at=webhook.created_at,
    )


def _delivery(message: Message) -> Delivery:
    return Delivery(
        id=message.id,
        kind=message.kind,
        task_id=_task_id(message.job_id),
        state=message.state,
        tries=message.tries,
        at=message.at,
        due_at=message.due_at,
    )


def _task_id(job_id: str | None) -> str | None:
    return None if job_id is None else f"{PREFIX}{job_id}"


def _try(told: Try) -> DeliveryTry:
    return DeliveryTry(**told.model_dump())
