"""Small Mars archives that several tests make."""

import io
import zipfile

from PIL import Image

from skyloom.surveys.mars.reader import open_archive
from skyloom.surveys.mars.settings import ReaderSettings


def jpeg(value=100, mode="RGB", size=(120, 90)):
    """A JPEG of one colour."""
    return picture(value, mode, size, "JPEG")


def picture(value=100, mode="RGB", size=(120, 90), kind="PNG"):
    buffer = io.BytesIO()
    colour = (value, 50, 20) if mode == "RGB" else value
    Image.new(mode, size, colour).save(buffer, kind)
    return buffer.getvalue()


def make_zip(path, members):
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def open_made(path, columns=None, **settings):
    """Open an archive; settings not given are the reader's defaults."""
    return open_archive(path, ReaderSettings(**settings), columns or {})
