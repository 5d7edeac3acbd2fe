"""All masks of a video by ten published networks: shared computation against one mask at a time.

python benchmarks/masking_speed.py [--frames 225] [--models 10] [--threads 2]
"""

import argparse
import time

import numpy as np
import torch

from skyloom.analyze.emergence import masked_video, prefix_probabilities
from skyloom.learn.video_networks import build_video_network

SAMPLED = 8
"""Every so many masks are computed alone; their time is multiplied."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--frames", type=int, default=225)
    parser.add_argument("--models", type=int, default=10)
    parser.add_argument("--bound", type=int, default=30)
    parser.add_argument("--threads", type=int, default=2)
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    torch.manual_seed(0)
    video = torch.rand(given.frames, 90, 90)
    for kind in ("published", "frames"):
        network = build_video_network(kind, given.frames, 2).eval()
        prefix_probabilities(network, video, 1, given.bound)
        ours, theirs = [], []
        for _ in range(2):
            began = time.perf_counter()
            found = prefix_probabilities(network, video, 1, given.bound)
            ours.append(time.perf_counter() - began)
            frozen = masked_video(video, given.frames)
            frozen[: given.bound] = video[given.bound]
            began = time.perf_counter()
            with torch.inference_mode():
                slow = [
                    float(network(masked_video(frozen, last)[None]).softmax(dim=1)[0, 1])
                    for last in range(0, given.frames, SAMPLED)
                ]
            theirs.append((time.perf_counter() - began) * given.frames / len(slow))
        np.testing.assert_allclose(found[::SAMPLED], slow, atol=1e-4)
        print(
            f"{kind}: {given.frames} masks x {given.models} models in "
            f"{given.models * np.median(ours):.1f} s; one at a time "
            f"{given.models * np.median(theirs):.1f} s; {np.median(theirs) / np.median(ours):.1f} "
            "times faster"
        )


if __name__ == "__main__":
    main()
