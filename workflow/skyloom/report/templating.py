"""Filling the templates of pages and cards."""

from pathlib import Path
from typing import Any

import jinja2


def fill(template: str, **values: Any) -> str:
    """Return a template with its values; `style` is the style sheet of all pages."""
    here = Path(__file__).parent / "templates"
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(here),
        autoescape=jinja2.select_autoescape(["html"]),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    style = (here / "report.css").read_text(encoding="utf-8")
    return environment.get_template(template).render(style=style, **values)
