"""`/api/v1/auth` and `/api/v1/user`: logging in, and what was used."""

from typing import Annotated, Literal

from fastapi import APIRouter, Form, Request, Response
from pydantic import BaseModel, Field, SecretStr

from video_gen.server.access import Reads
from video_gen.server.auth import presented, x_api_key
from video_gen.server.dialects.indox.tokens import COOKIE
from video_gen.server.services import Services, services_of
from video_gen.spec.money import MICRO

router = APIRouter(prefix="/api/v1", tags=["indoxrouter"])


class Token(BaseModel):
    """What to show with each request from here on."""

    access_token: str
    token_type: Literal["bearer"] = "bearer"  # noqa: S105 - no password
    expires_in: int = Field(description="Seconds.")


class ModelUsage(BaseModel):
    """What one model was used for."""

    model: str
    requests: int = Field(description="Submits.")
    cost: float = Field(description="US dollars.")


class Credits(BaseModel):
    """What may still be spent today (UTC)."""

    limit: float | None = Field(description="US dollars a day; null: without a limit.")
    used: float = Field(description="US dollars that count today: spent, held and promised.")
    remaining: float | None = Field(description="US dollars; null: without a limit.")


class Usage(BaseModel):
    """What the key was used for."""

    total_requests: int = Field(description="Submits, ever.")
    total_cost: float = Field(description="US dollars spent, ever.")
    held: float = Field(description="US dollars held for what is under way, or whose outcome nobody knows.")
    models: list[ModelUsage] = Field(description="The dearest first.")
    credits: Credits


@router.post("/auth/api-key", summary="Log in with an API key")
async def by_key(request: Request, response: Response) -> Token:
    """Give a token for the key in `X-API-Key`, in the body and as a cookie."""
    return await _logged_in(services_of(request), presented(request, (x_api_key,)), response)


@router.post("/auth/token", summary="Log in with a form")
async def by_form(
    request: Request,
    response: Response,
    password: Annotated[SecretStr, Form(description="The API key.")],
    username: Annotated[str, Form(description="Anything.")] = "",  # noqa: ARG001 - clients send one
) -> Token:
    """Give a token for the key that stands as password."""
    return await _logged_in(services_of(request), password, response)


@router.get("/user/usage", summary="Look at usage")
async def usage(gateway: Reads) -> Usage:
    """Tell what the key was used for, and what is left of its day."""
    used = await gateway.usage()
    promised = used.today.spent + used.today.held + used.today.planned
    return Usage(
        total_requests=sum(each.attempts for each in used.models),
        total_cost=used.balance.spent / MICRO,
        held=used.balance.held / MICRO,
        models=[ModelUsage(model=each.name, requests=each.attempts, cost=each.spent / MICRO) for each in used.models],
        credits=Credits(
            limit=_dollars(used.today.max_cost), used=promised / MICRO, remaining=_dollars(used.today.left)
        ),
    )


async def _logged_in(services: Services, secret: SecretStr | None, response: Response) -> Token:
    caller = await services.guard.admit(secret)
    token = services.sessions.begin(caller.id)
    seconds = services.sessions.seconds
    response.set_cookie(COOKIE, token, max_age=seconds, httponly=True, samesite="lax")
    return Token(access_token=token, expires_in=seconds)


def _dollars(micro: int | None) -> float | None:
    return None if micro is None else micro / MICRO
