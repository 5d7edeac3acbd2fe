"""The steps of a training one by one, as the loop of training takes them."""

from collections.abc import Iterator

from skyloom.learn.train import Training


def steps_of(training: Training) -> Iterator[None]:
    """Take one step of a training at each `next`, without end."""
    method, optimizer = training.method, training._optimizer
    for batch in training._mixture.batches(0, 10**6):
        outcome = method(batch, training._relations)
        outcome.loss.backward()
        method.after_backward()
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        method.after_step()
        training.now.tally.add(outcome, training._relations.domains[outcome.rows])
        yield
