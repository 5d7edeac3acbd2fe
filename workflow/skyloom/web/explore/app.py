"""The explorer's server: the pages of all surveys, what they read, and live answers."""

import mimetypes
from collections.abc import Mapping

from jinja2 import Environment, PackageLoader
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from skyloom.errors import SkyloomError
from skyloom.web.explore.bundle import STATIC
from skyloom.web.explore.catalogue import AbsentError
from skyloom.web.explore.site import Site
from skyloom.web.explore.slugs import name_of
from skyloom.web.explore.tables import table_answer


def explorer_app(sites: Mapping[str, Site]) -> Starlette:
    """Return the application, without its guard.

    Args:
        sites: of each survey, by name.
    """
    first = next(iter(sites))
    mounts = [Mount(f"/{survey}", routes=_routes(site)) for survey, site in sites.items()]
    routes = [
        Route("/", lambda request: RedirectResponse(f"/{first}/index.html")),
        Mount("/static", StaticFiles(directory=STATIC)),
        *mounts,
    ]
    handlers = {SkyloomError: _refused, 404: _absent}
    return Starlette(routes=routes, exception_handlers=handlers)


def _routes(site: Site) -> list[Route | Mount]:
    served = _Served(site)
    live = [Mount(f"/live/{view.name}", routes=list(view.routes())) for view in site.views]
    return [
        *live,
        Route("/data/{name:path}", served.data),
        Route("/thumbnails/{position:int}.jpg", served.thumbnail),
        Route("/pictures/{slug}.jpg", served.picture),
        Route("/files/{name:path}", served.file),
        Route("/tables/{name:path}", served.table),
        Route("/", lambda request: RedirectResponse("index.html")),
        Route("/{address:path}", served.page),
    ]


class _Served:
    """Answers about one survey."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._catalogue = site.catalogue

    def page(self, request: Request) -> Response:
        """Return the page of an address."""
        address = request.path_params["address"]
        html = self._site.html(address)
        if html is None:
            raise AbsentError(f"there is no page '{address[:100]}'")
        return HTMLResponse(html)

    def data(self, request: Request) -> Response:
        """Return what a script reads under a name."""
        name = request.path_params["name"]
        content = self._site.data(name)
        if content is None:
            raise AbsentError(f"there is no data '{name[:100]}'")
        return Response(content, media_type="application/octet-stream")

    def thumbnail(self, request: Request) -> Response:
        """Return the small picture of the image at a position."""
        position = request.path_params["position"]
        if position >= len(self._catalogue):
            raise AbsentError(f"there are {len(self._catalogue)} images; asked for {position}")
        return Response(self._catalogue.thumbnail(position), media_type="image/jpeg")

    def picture(self, request: Request) -> Response:
        """Return an image as large as it is stored."""
        return Response(self._catalogue.picture(self._position(request)), media_type="image/jpeg")

    def file(self, request: Request) -> Response:
        """Return a file of a view, such as a figure."""
        name = request.path_params["name"]
        for view in self._site.views:
            if make := view.files().get(name):
                kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
                return Response(make(), media_type=kind)
        raise AbsentError(f"there is no file '{name[:100]}'")

    def table(self, request: Request) -> Response:
        """Return a table to take along, in the form that its ending says."""
        name, _, ending = request.path_params["name"].rpartition(".")
        for view in self._site.views:
            if make := view.tables().get(name):
                return table_answer(make(), name, ending)
        raise AbsentError(f"there is no table '{name[:100]}'")

    def _position(self, request: Request) -> int:
        return self._catalogue.position(name_of(request.path_params["slug"]))


async def _refused(request: Request, error: Exception) -> Response:
    status = 404 if isinstance(error, AbsentError) else 422
    if "text/html" not in request.headers.get("accept", ""):
        return JSONResponse({"error": str(error)}, status)
    return HTMLResponse(_apology(str(error)), status)


async def _absent(request: Request, error: Exception) -> Response:
    return await _refused(request, AbsentError(f"there is nothing at '{request.url.path[:100]}'"))


def _apology(text: str) -> str:
    environment = Environment(
        loader=PackageLoader("skyloom.web", "templates/explore"), autoescape=True
    )
    return environment.get_template("absent.html").render(text=text)
