"""`/v2/auth/huggingface`: signing in with a Hugging Face account, by OpenID Connect with state, nonce and PKCE.

Between the two requests the browser keeps what was asked for in a cookie that we signed, for ten minutes.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any

import httpx2
from fastapi import APIRouter, Depends, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse

from aiditor.api import cookies
from aiditor.api.guard import Guard
from aiditor.api.problems import PROBLEMS, Elsewhere, Refused
from aiditor.api.rates import limited
from aiditor.errors import NotAllowed
from aiditor.settings import Settings

__all__ = ["router"]

KEEPS = timedelta(minutes=10)
_AGAIN = "start again from the sign-in page"
_rate = Depends(limited("huggingface", "30/5 minutes"))

router = APIRouter(prefix="/v2/auth/huggingface", tags=["auth"], responses=PROBLEMS)


def provider(settings: Settings) -> Any:
    """The client of the OpenID provider that the settings name. Raises Refused where none is used."""
    from authlib.integrations.starlette_client import OAuth  # a quarter of a second, which others need not wait

    if settings.aiditor_auth != "huggingface":
        raise Refused("nobody signs in with Hugging Face here", remedy="AIDITOR_AUTH=huggingface turns that on")
    return OAuth().register(
        "huggingface",
        client_id=settings.oauth_client_id,
        client_secret=settings.oauth_client_secret.get_secret_value(),
        server_metadata_url=settings.openid_provider_url.rstrip("/") + "/.well-known/openid-configuration",
        client_kwargs={"scope": _scopes(settings), "code_challenge_method": "S256", "timeout": 20},
    )


@router.get("/login", status_code=302, response_class=RedirectResponse, dependencies=[_rate])
async def login(
    request: Request,
    then: Annotated[str, Query(max_length=500, description="Where to go afterwards, on this site.")] = "/",
) -> RedirectResponse:
    """Go to Hugging Face to sign in."""
    guard: Guard = request.app.state.guard
    client = provider(guard.settings)
    session: dict[str, Any] = {}
    request.scope["session"] = session
    home = guard.settings.page_url
    back = f"{home}{request.app.url_path_for('callback')}" if home else str(request.url_for("callback"))
    try:
        answer: RedirectResponse = await client.authorize_redirect(request, back)
    except (httpx2.HTTPError, RuntimeError, KeyError, ValueError) as error:
        raise _no_answer(error) from error
    kept = guard.users.tokens.sign("oauth", "browser", KEEPS, session=session, then=_local(then))
    name = cookies.oauth_name(guard.settings)
    cookies.write(answer, guard.settings, name, kept, KEEPS, back_from_elsewhere=True)
    return answer


@router.get("/callback", name="callback", status_code=302, response_class=RedirectResponse, dependencies=[_rate])
async def callback(request: Request) -> RedirectResponse:
    """Come back from Hugging Face, signed in."""
    from authlib.common.errors import AuthlibBaseError
    from joserfc.errors import JoseError

    guard: Guard = request.app.state.guard
    client, name = provider(guard.settings), cookies.oauth_name(guard.settings)
    kept = guard.users.tokens.read("oauth", request.cookies.get(name, ""))
    request.scope["session"] = kept["session"]
    try:
        token = await client.authorize_access_token(request)
    except (AuthlibBaseError, JoseError) as error:
        raise NotAllowed(f"Hugging Face did not let you in ({error})", remedy=_AGAIN) from error
    except (httpx2.HTTPError, RuntimeError, KeyError, ValueError) as error:
        raise _no_answer(error) from error
    if "userinfo" not in token:
        raise NotAllowed("Hugging Face did not say who you are", remedy=_AGAIN)
    user = await run_in_threadpool(guard.users.from_huggingface, token["userinfo"])
    device = request.headers.get("user-agent", "")
    signed = await run_in_threadpool(guard.users.sessions.open, user, device=device)
    answer = RedirectResponse(kept["then"], status_code=302, headers={"cache-control": "no-store"})
    cookies.keep(answer, guard.settings, signed)
    cookies.write(answer, guard.settings, name, "", timedelta(0), back_from_elsewhere=True)
    return answer


def _scopes(settings: Settings) -> str:
    """With `openid` among them always: it is what makes the provider say who somebody is."""
    scopes = settings.oauth_scopes.replace(",", " ").split()
    return " ".join(scopes if "openid" in scopes else ["openid", *scopes])


def _local(path: str) -> str:
    """The path on this site, or the start: nobody is led elsewhere by a link to our own sign-in."""
    plain = path.isprintable() and "\\" not in path and not path.startswith("//")
    return path if plain and path.startswith("/") else "/"


def _no_answer(error: Exception) -> Elsewhere:
    return Elsewhere(f"Hugging Face does not answer as it should ({type(error).__name__})", remedy="try again later")
