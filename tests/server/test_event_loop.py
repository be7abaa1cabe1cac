"""What FastAPI does in threads: nothing of ours. A hop to a thread and back costs more than most requests."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Annotated

from fastapi import APIRouter, Depends, FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from spheroseg.server.api import PLAIN_ROUTERS, api_router


def routes(router: APIRouter | FastAPI) -> Iterator[APIRoute]:
    """All routes below a router, however they were included."""
    for route in router.routes:
        if isinstance(route, APIRoute):
            yield route
        elif (inner := getattr(route, "original_router", None)) is not None:
            yield from routes(inner)


def in_threads(dependant: Dependant) -> Iterator[str]:
    """Names of an endpoint's functions that FastAPI would call in a thread."""
    is_awaited = inspect.iscoroutinefunction(dependant.call) or inspect.isasyncgenfunction(dependant.call)
    if dependant.call is not None and not is_awaited:
        yield getattr(dependant.call, "__qualname__", repr(dependant.call))
    for inner in dependant.dependencies:
        yield from in_threads(inner)


def test_no_endpoint_and_no_dependency_runs_in_a_thread() -> None:
    found = {
        f"{route.path}: {name}"
        for router in (api_router(), *PLAIN_ROUTERS)
        for route in routes(router)
        for name in in_threads(route.dependant)
    }
    assert found == set()


def test_all_routes_are_looked_at() -> None:
    paths = [route.path for route in routes(api_router())]
    assert len(paths) > 70


def plain() -> int:
    """What is found: FastAPI would call it in a thread."""
    return 1


def test_a_plain_function_is_found() -> None:
    app = FastAPI()

    @app.get("/")
    async def endpoint(number: Annotated[int, Depends(plain)]) -> int:
        return number

    (route,) = routes(app)
    assert list(in_threads(route.dependant)) == ["plain"]
