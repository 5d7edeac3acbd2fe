"""The linear probe against scikit-learn alone on the same standardised features, in turn.

python benchmarks/probe_fit.py [--count 20000] [--width 512] [--classes 10] [--rounds 5]
    [--keep]
"""

import time

import numpy as np
import rows
from sklearn.linear_model import LogisticRegression

from skyloom.threads import pin_threads


def main() -> None:
    parser = rows.parser_of(__doc__)
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--width", type=int, default=512)
    parser.add_argument("--classes", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    pin_threads(1)
    from skyloom.analyze.classifiers import class_scores
    from skyloom.settings.probe import ProbeSettings

    rng = np.random.default_rng(0)
    labels = rng.integers(given.classes, size=given.count)
    points = rng.normal(size=(given.count, given.width)).astype(np.float32)
    points[:, : given.classes] += 0.8 * np.eye(given.classes, dtype=np.float32)[labels]
    cut = given.count * 4 // 5
    settings = ProbeSettings(balanced=False)
    here: list[float] = []
    there: list[float] = []
    for _ in range(given.rounds):
        began = time.perf_counter()
        ours = class_scores(
            "logistic", points[:cut], labels[:cut], points[cut:], given.classes, 1.0, settings
        )
        here.append(time.perf_counter() - began)
        began = time.perf_counter()
        model = LogisticRegression(C=1.0, max_iter=1000).fit(points[:cut], labels[:cut])
        theirs = model.predict_proba(points[cut:])
        there.append(time.perf_counter() - began)
    row = rows.Row(
        what=f"logistic probe of {cut:,} x {given.width}, {given.classes} classes, one thread, "
        f"largest difference of a probability {np.abs(ours - theirs).max():.0e}",
        here=f"{rows.median(here)} s",
        other=f"{rows.median(there)} s (scikit-learn alone)",
        ratio=rows.ratio(there, here),
    )
    rows.tell("Clusters, probes and neighbours", [row], given.keep)


if __name__ == "__main__":
    main()
