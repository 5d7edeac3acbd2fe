"""Search by likeness: images that look like some examples and not like others."""

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from skyloom.web.explore.catalogue import AbsentError, Catalogue, ExplorerError
from skyloom.web.explore.encoded import Encoders
from skyloom.web.explore.nearest import nearest_of, nearest_of_many
from skyloom.web.explore.question import Question, answers_of, distances_of
from skyloom.web.explore.slugs import name_of, slug_of
from skyloom.web.explore.tables import table_answer
from skyloom.web.explore.uploads import LARGEST, Embed, Uploads, too_large
from skyloom.web.explore.views import Page, View

FOLDER, ENDING = "encoders/", "/neighbours.html"
OFFERED = 12
"""Names offered to complete what is typed."""


class NeighboursView(View):
    """The page of each encoder, and the nearest of each image for its own page.

    Args:
        catalogue: the images.
        embed: makes features of a file from outside.
    """

    name, title = "neighbours", "Neighbours"

    def __init__(self, catalogue: Catalogue, embed: Embed) -> None:
        self._catalogue, self._encoders = catalogue, Encoders(catalogue)
        self._uploads = Uploads(embed)
        self._found: dict[str, bytes] = {}  # lists of an export that wait to be written

    def home(self, encoder: str) -> str | None:
        """Return the page of an encoder."""
        return f"{FOLDER}{encoder}{ENDING}" if encoder else None

    def addresses(self, items: Sequence[str]) -> Iterator[str]:
        """Yield the page of each encoder."""
        yield from (f"{FOLDER}{encoder}{ENDING}" for encoder in self._known())

    def page(self, address: str) -> Page | None:
        """Return the page of an encoder; None for an address of another view."""
        encoder = address.removeprefix(FOLDER).removesuffix(ENDING)
        if address != f"{FOLDER}{encoder}{ENDING}" or encoder not in self._known():
            return None
        index, embedded = self._catalogue.index, self._encoders.names()
        ready = encoder in embedded
        values = {
            "embedded": embedded,
            "ready": ready,
            "count": len(index),
            "chance": self._encoders[encoder].by_chance if ready else {},
            "group": next(iter(index["group"].dropna()), None),
            "timed": bool(index["time"].notna().any()),
            "largest": LARGEST,
        }
        return Page("neighbours.html", f"neighbours, {encoder}", values, "neighbours.js")

    def data(self, name: str) -> bytes | None:
        """Return the nearest of an image, `neighbours/<encoder>/<slug>`."""
        parts = name.split("/")
        if len(parts) != 3 or parts[0] != self.name:
            return None
        if name in self._found:
            return self._found.pop(name)
        return nearest_of(self._catalogue, self._encoders[parts[1]], name_of(parts[2]))

    def data_names(self, items: Sequence[str]) -> Iterator[str]:
        """Yield the names of all lists; they are found for many images at once on the way."""
        for encoder in self._listed():
            for name, content in nearest_of_many(self._catalogue, self._encoders[encoder], items):
                path = f"{self.name}/{encoder}/{slug_of(name)}"
                self._found[path] = content
                yield path

    def routes(self) -> Sequence[BaseRoute]:
        """Return the search, its table, names to complete, and the taking in of files."""
        return [
            Route("/search", self._search),
            Route("/answers.{ending}", self._table),
            Route("/names", self._names),
            Route("/file", self._receive, methods=["POST"]),
            Route("/files/{token}.jpg", self._picture),
        ]

    def _known(self) -> list[str]:
        return [*self._catalogue.places.encoders, *self._catalogue.places.baselines]

    def _listed(self) -> list[str]:
        """Return the encoders whose nearest images stand on the pages of images."""
        return [one for one in self._catalogue.places.encoders if one in self._encoders.names()]

    def _search(self, request: Request) -> Response:
        question = Question.asked(request.query_params)
        rows, similarity = self._answers(question)
        names = [*question.like, *question.unlike]
        positions = self._catalogue.positions(names)
        files = {token: self._uploads[token] for token in question.file}
        answer = {
            "positions": self._positions(question, rows).tolist(),
            "similarity": similarity.tolist(),
            "examples": dict(zip(names, positions.tolist(), strict=True)),
            "files": {token: _told(file.name, len(file.rows)) for token, file in files.items()},
        }
        return JSONResponse(answer)

    def _table(self, request: Request) -> Response:
        question = Question.asked(request.query_params)
        rows, similarity = self._answers(question)
        places = self._positions(question, rows)
        found = self._catalogue.index.drop(columns=["row", "rejected"]).iloc[places]
        distance = distances_of(similarity)
        measured = {"encoder": question.encoder, "similarity": similarity, "distance": distance}
        table = pd.concat([pd.DataFrame(measured), found.reset_index(drop=True)], axis=1)
        return table_answer(table, "neighbours", request.path_params["ending"])

    def _answers(self, question: Question) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        if not (question.like or question.file):
            raise ExplorerError("a search needs at least one example that answers should be like.")
        uploads = [self._uploads[token] for token in question.file]
        return answers_of(question, self._encoders[question.encoder], uploads)

    def _positions(self, question: Question, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return where answers stand in the catalogue."""
        names = self._encoders[question.encoder].names[rows]
        return np.asarray(self._catalogue.names.get_indexer(names), dtype=np.int64)

    def _names(self, request: Request) -> Response:
        """Return the first names that begin as what is typed."""
        prefix = request.query_params.get("prefix", "")[:200]
        known = self._catalogue.index["image_id"]
        begins = pc.starts_with(pa.array(known.array), prefix, ignore_case=True)
        return JSONResponse({"names": known[np.asarray(begins)].head(OFFERED).tolist()})

    async def _receive(self, request: Request) -> Response:
        name = request.query_params.get("name", "")
        told = request.headers.get("content-length", "0")
        if not told.isdecimal() or int(told) > LARGEST:
            return JSONResponse({"error": too_large(name[:100])}, 413)
        token = await self._uploads.receive(name, request.stream())
        upload = self._uploads[token]
        return JSONResponse({"token": token, **_told(upload.name, len(upload.rows))})

    def _picture(self, request: Request) -> Response:
        token = request.path_params["token"]
        try:
            return Response(self._uploads[token].picture, media_type="image/jpeg")
        except ExplorerError as error:
            raise AbsentError(str(error)) from None


def _told(name: str, images: int) -> dict[str, str | int]:
    return {"name": name, "images": images}
