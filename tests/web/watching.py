"""What goes wrong on a page while a test looks at it."""

from playwright.sync_api import Page


def watched(page: Page) -> list[str]:
    """Return the list that what goes wrong on the page is written to."""
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda said: said.type == "error" and wrong.append(said.text))
    return wrong
