"""`skyloom why`: where a result comes from."""

import argparse
import json

from skyloom.provenance.lineage import lineage_json
from skyloom.provenance.records import read_records, study_folder
from skyloom.provenance.why import tree_of


def why(given: argparse.Namespace) -> None:
    """Print the tree behind a file, or everything behind it as JSON."""
    records = read_records(study_folder(given.file))
    path = records.shown(given.file)
    lines = list(tree_of(records, path, given.brief))
    print(json.dumps(lineage_json(records, path), indent=1) if given.json else "\n".join(lines))
