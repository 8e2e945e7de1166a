"""The web application: ``create_app`` puts the parts together."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles
from fastapi.templating import Jinja2Templates

from bot.settings import Settings
from bot.store.engine import make_engine
from bot.web import desk, desk_events, desk_login, desk_referrals, problems
from bot.web.api import chat_api
from bot.web.assistant import Assistant
from bot.web.desk_session import LoginNeeded, Sessions
from bot.web.follow_up_page import follow_up_pages
from bot.web.gateway import Gateway
from bot.web.headers import SecurityHeaders
from bot.web.impact_page import impact_pages
from bot.web.limits import BodyLimit
from bot.web.pages import pages
from bot.web.partner_page import partner_pages
from bot.web.resident_page import resident_pages
from bot.web.services import Services
from bot.web.stream import Hub

HERE = Path(__file__).resolve().parent


def create_app(settings: Settings) -> FastAPI:
    """Return the site of one installation: chat page, chat API, desk.

    The database must be migrated. The assistant may come up later: until then ``/health`` says 503.
    """
    engine = make_engine(settings.database)
    templates = Jinja2Templates(HERE / "templates")
    services = Services(settings, engine, Assistant(settings), Hub(engine), templates)
    gateway = Gateway(services)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        await gateway.close()
        await services.close()

    app = FastAPI(
        title="Doorwijzer chat API",
        version="1",
        description="A resident's conversation over HTTP. Errors are problem details (RFC 9457).",
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
    )
    app.include_router(chat_api(services, gateway))
    app.include_router(pages(services))
    app.include_router(follow_up_pages(services))
    app.include_router(partner_pages(services))
    app.include_router(resident_pages(services))
    app.include_router(impact_pages(services))
    app.include_router(desk_login.router)
    app.include_router(desk.router)
    app.include_router(desk_events.router)
    app.include_router(desk_referrals.router)
    app.state.services, app.state.gateway = services, gateway
    app.state.desk_sessions = Sessions(settings, engine)
    app.mount("/static", StaticFiles(directory=HERE / "static"), name="static")
    problems.install(app, services)
    app.add_exception_handler(LoginNeeded, desk_login.answer_login_needed)
    refuse = partial(problems.respond, services, problem=problems.too_large())
    app.add_middleware(BodyLimit, refuse=refuse)
    app.add_middleware(SecurityHeaders, https=settings.site_url.startswith("https://"))
    return app
