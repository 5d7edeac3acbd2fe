"""Settings of the relabel rounds."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from skyloom.settings.base import Settings

Share = Annotated[float, Field(gt=0, lt=1)]
Symmetry = Literal["negative", "rows", "columns"]


class ClassifierSettings(Settings):
    """What predicts the labels; the defaults of networks are those of Chatterjee et al. 2022."""

    kind: Literal["features", "published", "frames"] = Field(
        "features",
        description="features: logistic regression on the main encoder's features; published: the "
        "CNN of Chatterjee et al. with time as channels; frames: one small CNN for each frame, "
        "then convolutions in time.",
    )
    inverse_regularisation: float = Field(
        0.1, gt=0, description="C of the logistic regression of features."
    )
    epochs: int = Field(20, ge=1, description="Most epochs of a network.")
    patience: int = Field(
        5, ge=1, description="Epochs without a better validation accuracy before a network stops."
    )
    batch_size: int = Field(10, ge=2, description="Videos a step of a network.")
    learning_rate: float = Field(1e-4, gt=0, description="Of SGD (Nesterov, momentum 0.9).")
    symmetries: tuple[Symmetry, ...] = Field(
        (),
        description="Changes that leave the class as it is; a network sees every combination of "
        "them: negative (1 - value), rows (turned upside down), columns (left and right swapped).",
    )


class EmergenceSettings(Settings):
    """When the class became visible in a video, told by masking what came later."""

    positive: str = Field(description="The class whose beginning is sought.")
    lower_bound: int = Field(
        30, ge=0, description="Frames before this one are replaced by it: noise at the limb."
    )
    floor: float = Field(
        0.02,
        ge=0,
        lt=1,
        description="Rise of the probability, per frame, below which none is seen (our choice).",
    )
    threshold: float = Field(
        0.6,
        ge=0,
        lt=1,
        description="Probability of the whole video below which none is seen (0.6 is the paper's "
        "threshold of the class).",
    )


class NamesSettings(Settings):
    """Whose names of clusters are the crude labels, in place of the archive's labels."""

    encoder: str | None = Field(
        None, description="Whose clusters; null = those of the main encoder."
    )
    algorithm: Literal["kmeans", "hdbscan"] = Field(description="Which of its clusterings.")


class RelabelSettings(Settings):
    """Rounds of training out of fold, queue, verdicts and corrected labels."""

    splits: tuple[str, ...] = Field(
        ("train", "val"), min_length=1, description="Splits whose labels are under review."
    )
    applied: tuple[str, ...] = Field(
        ("test",), description="Splits that all models predict besides; never in a queue."
    )
    folds: int = Field(5, ge=3, description="Parts into which groups are dealt by their hash.")
    fold_column: str | None = Field(
        None, description="Column of the index that says the fold instead, such as month_pair."
    )
    seeds: int = Field(2, ge=1, description="Models of each fold.")
    names: NamesSettings | None = Field(
        None,
        description="Crude labels are the names that people gave to clusters, and sealed; null = "
        "the labels of the archive.",
    )
    classifier: ClassifierSettings = ClassifierSettings()
    emergence: EmergenceSettings | None = Field(
        None, description="For videos with networks: when the class became visible."
    )
    neighbours: int = Field(
        10, ge=1, description="Nearest images of other groups whose labels are compared."
    )
    batch: Share = Field(0.05, description="Share of all items that a round's queue ranks.")
    audit_below: float = Field(
        0.05,
        ge=0,
        le=1,
        description="Share of corrections among a round's ranked items below which the next "
        "round has an audit.",
    )
    audit_allows: int = Field(
        1, ge=0, description="Wrong labels that an audit may meet and still reach the target."
    )
    target: Share = Field(
        0.02, description="Share of wrong labels among all, whose upper bound ends the rounds."
    )
    confidence: float = Field(0.95, gt=0.5, lt=1, description="Of that bound, over all audits.")
    hidden: float = Field(
        0.2, ge=0, le=1, description="Share of a queue whose label and prediction are not shown."
    )
    repeats: float = Field(
        0.05, ge=0, lt=1, description="Items shown once more, as a share of the ranked ones."
    )
    overlap: float = Field(
        0.1, ge=0, le=1, description="Share of a queue that every reviewer is shown."
    )
    threshold: float = Field(
        0.6,
        gt=0,
        lt=1,
        description="Of two classes: a prediction is stable when mean and deviation over the "
        "models keep to one side of it (0.6 is the paper's threshold).",
    )
    wrong: float = Field(
        0.0,
        ge=0,
        lt=1,
        description="Share of labels made wrong on purpose, to try the rounds on a known truth.",
    )

    @model_validator(mode="after")
    def _splits_are_apart(self) -> "RelabelSettings":
        both = set(self.splits) & set(self.applied)
        if both:
            raise ValueError(
                f"the split {sorted(both)[0]} is both under review and in `applied`: models that "
                "are trained on it cannot be tried on it"
            )
        return self

    @model_validator(mode="after")
    def _emergence_needs_a_network(self) -> "RelabelSettings":
        if self.emergence is not None and self.classifier.kind == "features":
            raise ValueError(
                "emergence needs classifier.kind published or frames: features of whole videos "
                "tell no time"
            )
        return self
