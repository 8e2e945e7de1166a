"""What all pages of the desk share: the frame they are shown in, and the record of who read what."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from sqlalchemy.orm import Session

from bot import clock
from bot.store.engine import transaction
from bot.store.tables import Audit
from bot.web.desk_session import Member
from bot.web.page_texts import page_texts
from bot.web.services import Services


def services_of(request: Request) -> Services:
    """Return what the application's routes share."""
    services: Services = request.app.state.services
    return services


def page(request: Request, name: str, status: int = 200, **context: Any) -> HTMLResponse:
    """Return the page ``templates/desk/<name>.html``."""
    services = services_of(request)
    shared = {"t": page_texts("desk"), "brand": services.brand, "member": None, "here": ""}
    return services.templates.TemplateResponse(request, f"desk/{name}.html", shared | context, status)


def read(
    request: Request, member: Member, action: str, work: Callable[[Session], Any], subject: str | None = None
) -> Any:
    """Read something in one transaction, and record that it was read."""
    with transaction(services_of(request).engine) as session:
        found = work(session)
        session.add(Audit(actor=member.name, action=action, subject=subject, at=clock.now()))
        return found


def record(request: Request, member: Member, action: str) -> None:
    """Record something that reads nothing."""
    read(request, member, action, lambda _: None)
