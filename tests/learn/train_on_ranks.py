"""Take two steps of each case as one of several processes; the test compares their numbers.

python train_on_ranks.py FOLDER CASES_AS_JSON, with RANK, WORLD_SIZE and MASTER_* set.
"""

import json
import sys
from pathlib import Path

import torch
from made_training import made_domain, made_encoder, made_settings
from safetensors.torch import save_file

from skyloom.learn.checkpoint import Checkpoint
from skyloom.learn.ranks import joined_ranks
from skyloom.learn.train import Training
from skyloom.settings.views import ViewSettings

STILL = ViewSettings(jitter=0, grey=0, blur=0, crop_area=(0.5, 1))


def two_steps(given, ranks, folder):
    """Return losses, gradients by step and name, and MoCo's queue."""
    mixed = bool(given.get("domains"))
    domains = [made_domain(24, 4 if mixed else 8, views=STILL)]
    if mixed:
        domains.append(made_domain(16, 4, bands=1, name="other", first_class=3, views=STILL))
    # Plain gradient descent: AdamW divides rounding errors by themselves.
    settings = made_settings(optimizer="sgd", momentum=0.0, learning_rate=0.05, **given)
    state = Checkpoint(folder / "state.pt", "ranks")
    training = Training(made_encoder(), domains, settings, 7, state, ranks)
    method, found, losses = training.method, {}, []
    for step, batch in enumerate(training._mixture.batches(0, 2), 1):
        outcome = method(batch, training._relations)
        outcome.loss.backward()
        method.after_backward()
        ranks.sum_gradients(method.parameters())
        losses.append(outcome.loss.detach())
        for name, value in method.named_parameters():
            if value.grad is not None:
                found[f"{step}.{name}"] = value.grad.clone()
        training._optimizer.step()
        training._optimizer.zero_grad(set_to_none=True)
        method.after_step()
    for name, value in method.state_dict().items():
        if name.startswith("queue."):
            found[name] = value
    return {**found, "losses": torch.stack(losses)}


def whole_training(ranks, folder):
    """Train with patience to its end; return the rows, but for their speed."""
    settings = made_settings(epochs=6, patience=1, learning_rate=1e-9)
    state = Checkpoint(folder / "whole.pt", "whole")
    history = Training(made_encoder(), [made_domain(24)], settings, 7, state, ranks).run()
    rows = [vars(row) for row in [*history.epochs, *history.domains]]
    return [{k: v for k, v in row.items() if k != "images_per_second"} for row in rows]


def main(folder, cases):
    torch.set_num_threads(1)
    with joined_ranks() as ranks:
        for case, given in json.loads(cases).items():
            found = two_steps(given, ranks, Path(folder))
            tensors = {name: value.contiguous() for name, value in found.items()}
            save_file(tensors, Path(folder, f"{case}-{ranks.index}"))
        rows = whole_training(ranks, Path(folder))
        Path(folder, f"rows-{ranks.index}.json").write_text(json.dumps(rows))


if __name__ == "__main__":
    main(*sys.argv[1:])
