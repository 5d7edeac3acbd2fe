"""Label tables of ready videos: a file path and a class a row."""

from pathlib import PurePosixPath

from skyloom.surveys.sun.catalogue import CatalogueError
from skyloom.surveys.sun.files import read_rows, stem


def read_labels(text: str, where: str, columns: tuple[str, str]) -> dict[str, str]:
    """Return the label by file name without folder and ending.

    Args:
        text: comma, tab or semicolon separated.
        where: what the messages call the table.
        columns: of path and label: names of the header line, or numbers from 0.

    Raises:
        CatalogueError: the table has no such columns.
    """
    rows = read_rows(text)
    if not rows:
        return {}
    numbered = all(column.isdigit() for column in columns)
    if numbered:
        path, label = (int(column) for column in columns)
    else:
        header = [name.lower() for name in rows[0]]
        missing = [column for column in columns if column.lower() not in header]
        if missing:
            raise CatalogueError(
                f"{where} lacks the column(s) {', '.join(missing)}; found {', '.join(rows[0])}. "
                "Name them in label_columns, or give their numbers from 0."
            )
        path, label = (header.index(column.lower()) for column in columns)
    body = rows if numbered else rows[1:]
    return {
        stem(PurePosixPath(row[path].replace("\\", "/")).name): row[label]
        for row in body
        if max(path, label) < len(row)
    }
