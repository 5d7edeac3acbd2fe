"""Rounds of relabelling: folds, ranking, queue, verdicts, corrected labels, audit."""
