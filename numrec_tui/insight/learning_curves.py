"""The learning curves of a run that rests, in words: what they show, and what may help.

Only what the figures bear is said. An accuracy of fewer than 1,000 validation images counts by its
95 % interval, and epochs differ only by more than chance allows.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise, takewhile
from math import isfinite

from engine.training.events import EpochDone, Reason
from engine.training.guessing import is_guessing
from engine.training.health import chance_of
from engine.training.hyperparameters import Hyperparameters
from engine.training.metrics import ENOUGH, interval
from numrec_tui.insight.accuracy import spread
from numrec_tui.insight.health import BENT, LOST, STUCK_UPDATES, WORSE

GAP, SOME_GAP = 0.05, 0.02
"""Training accuracy above that of the validation: a network that memorizes, one that begins to."""

ALL_LEARNED, LAST_GAP = 0.995, 0.01
"""A training accuracy that can hardly rise, and the gap that tells of memorizing then."""

LOSS_ROSE, LOSS_ROSE_OF_FEW = 1.1, 1.25
"""The last validation loss over the lowest one, from which on it has risen; below 1,000 images."""

WIDE = 0.2
"""An interval as wide as this tells neither that there is a gap nor that there is none."""

LATE = 3
"""The last epochs, which are compared with all before."""

LEAST_RISE = 0.002
"""A rise that is worth more epochs."""

RECENT, LEAST_FALL, FALLS = 6, 0.02, 2
"""The last epochs among which so many falls of such a size are swings."""

LOW, FLAT = 0.9, 0.01
"""An accuracy below is low; a training accuracy that rises less in the last epochs is flat."""

ABOVE = 0.01
"""Validation this far above training is worth a word."""


@dataclass(frozen=True, slots=True)
class Course:
    """A run that rests, as far as its curves tell of it.

    history: the epochs that are done. updates: all so far. counts: validation images of each class.
    augmented: whether its training images change from epoch to epoch. over: why it ended; None if
    it goes on. between: whether it rests within an epoch, or is back at an earlier one.
    """

    settings: Hyperparameters
    history: Sequence[EpochDone]
    updates: int
    counts: Sequence[int]
    augmented: bool = False
    over: Reason | None = None
    between: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """What curves can show: in a sentence, and in a word or two where there is no room."""

    words: str
    short: str


GUESSES = Finding("it only guesses", "guessing")
BY_HEART = Finding("learned by heart, else guessing", "by heart, else guessing")
FELL = Finding("it was better before, and falls apart", "it falls apart")
MEMORIZES = Finding("it memorizes the training images (overfitting)", "overfitting")
BEGINS_TO = Finding("it begins to memorize the training images (overfitting)", "some overfitting")
LOSS_RISES = Finding(
    "the validation loss rises again, that of train falls (overfitting)",
    "its loss rises: overfitting",
)
SWINGS = Finding("the validation curve swings", "it swings")
RISES = Finding("still rising", "still rising")
TOO_FEW = Finding("too few validation images to tell more", "too few to tell")
ONE_EPOCH = Finding("one epoch shows no course yet", "one epoch yet")
IS_LOW = Finding("both stay low and rise no more (underfitting)", "underfitting")
IS_ABOVE = Finding("validation is above train, which {why}", "above train, which {why}")
RUN_DOWN = Finding(
    "it is flat, as the rate fell to {share} with the schedule", "flat, as the rate fell to {share}"
)
IS_FLAT = Finding("it is flat: the last epochs were no better", "flat")
HOLDS = Finding("what it learned holds for others, too", "holds for others")
FINDINGS = (
    GUESSES, BY_HEART, FELL, MEMORIZES, BEGINS_TO, LOSS_RISES, SWINGS, RISES, TOO_FEW, ONE_EPOCH,
    IS_LOW, IS_ABOVE, RUN_DOWN, IS_FLAT, HOLDS,
)  # fmt: skip
"""All that is ever said."""


@dataclass(frozen=True, slots=True)
class Help:
    """What may help: any of these does, or may; nothing where nothing has to."""

    what: Sequence[str] = ()
    verb: str = ""

    def __str__(self) -> str:
        *most, last = self.what or [""]
        listed = f"{', '.join(most)} or {last}" if most else last
        return f"{listed} {self.verb}".strip()

    @property
    def short(self) -> str:
        """Without words that can be spared."""
        return ", ".join(self.what)


GO_ON = Help(["space goes on"])
MORE_TO_VALIDATE = Help(["validate on more"])


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """The figures, what they show, and what may help."""

    figures: str
    finding: Finding
    help: Help

    def in_words(self, short: bool = False) -> str:
        """`train 100.0%, validation 86.0%: it memorizes …; more images or dropout help`."""
        if short:
            figures = self.figures.replace("validation", "valid")
            return "; ".join(filter(None, (f"{figures}: {self.finding.short}", self.help.short)))
        return "; ".join(filter(None, (f"{self.figures}: {self.finding.words}", str(self.help))))


def diagnose(course: Course) -> Diagnosis | None:
    """What the curves of a run show; None while they show nothing, or are none any more."""
    if not course.history or not course.counts:
        return None
    last, images = course.history[-1], sum(course.counts)
    if last.validation_images not in (0, images):
        return None  # the set has grown since: what was scored is not what there is
    if not (isfinite(last.validation_loss) and isfinite(last.train_loss)):
        return None
    curves = _Curves(course, images)
    finding, help = next(curves.findings())
    return Diagnosis(curves.figures, finding, help)


def mistakes(course: Course) -> int | None:
    """How many validation images the network as it is now reads wrong; None if that is not known.

    An epoch's accuracy is a count divided by the images, so the count is exact.
    """
    if course.between or not course.history:
        return None
    last, images = course.history[-1], sum(course.counts)
    if last.validation_images not in (0, images):
        return None
    return images - round(last.validation_accuracy * images)


class _Curves:
    """The epochs that were scored on the same validation images as the last one."""

    def __init__(self, course: Course, images: int) -> None:
        self._course, self._settings, self._images = course, course.settings, images
        of = course.history[-1].validation_images
        same = list(takewhile(lambda done: done.validation_images == of, reversed(course.history)))
        self._epochs = [replace(done, validation_images=images) for done in reversed(same)]
        self._last = self._epochs[-1]
        self._valid = [done.validation_accuracy for done in self._epochs]
        self._train = self._last.train_accuracy
        few = images < ENOUGH
        now = self._last.validation_accuracy
        self._low, self._high = interval(now, images) if few else (now, now)
        self._gap = self._train - self._high

    @property
    def figures(self) -> str:
        """The accuracies of the last epoch, which is named where the network is another by now."""
        last = self._last
        more = spread(last.validation_accuracy, self._images)
        when = f"epoch {last.epoch}: " if self._course.between else ""
        said = f"{when}train {last.train_accuracy:.1%}, validation {last.validation_accuracy:.1%}"
        return f"{said} ({more})" if more else said

    def findings(self) -> Iterator[tuple[Finding, Help]]:
        """All that the curves show, what matters most first, each with what may help."""
        yield from self._what_is_off()
        if self._rises:
            yield RISES, self._more_epochs
        if self._is_wide:
            yield TOO_FEW, MORE_TO_VALIDATE
        yield from self._what_else()

    @property
    def _is_wide(self) -> bool:
        return self._high - self._low > WIDE

    def _what_is_off(self) -> Iterator[tuple[Finding, Help]]:
        """What few images can tell as well, where it is plain."""
        if not self._is_wide and is_guessing(self._last.validation_accuracy, self._course.counts):
            yield self._guessing()
        if self._fell:
            yield FELL, Help(["a lower rate"], "helps")
        if self._gap >= GAP or (self._train >= ALL_LEARNED and self._gap >= LAST_GAP):
            yield MEMORIZES, Help(self._against_overfitting, "help")
        if self._loss_rose:
            yield LOSS_RISES, Help(["fewer epochs", *self._against_overfitting], "help")
        if self._swings:
            yield SWINGS, Help(["a lower rate", *self._less_momentum], "calms it")

    def _what_else(self) -> Iterator[tuple[Finding, Help]]:
        """What can be said of a run that is not off; the last always holds."""
        if self._gap >= SOME_GAP:
            yield BEGINS_TO, Help(self._against_overfitting, "help")
        if len(self._epochs) == 1:
            yield ONE_EPOCH, self._more_epochs
        if self._is_low:
            yield IS_LOW, Help(self._against_underfitting, "may help")
        if self._low - self._train >= ABOVE:
            yield _filled(IS_ABOVE, why=self._why_above), Help()
        if self._is_flat:
            yield self._why_flat()
        if self._train - self._low > GAP:
            yield TOO_FEW, MORE_TO_VALIDATE
        yield HOLDS, Help() if self._course.over else GO_ON

    def _guessing(self) -> tuple[Finding, Help]:
        if self._gap >= GAP:
            return BY_HEART, Help(["are the labels right?"])
        if self._course.updates < STUCK_UPDATES:
            return GUESSES, self._more_epochs
        return GUESSES, Help(["another rate", "a look at the labels"], "may help")

    @property
    def _fell(self) -> bool:
        """Whether loss and accuracy have been much better, by more than chance."""
        best = max(self._epochs, key=lambda done: done.validation_accuracy)
        lowest = min(done.validation_loss for done in self._epochs)
        lost = best.validation_accuracy - self._last.validation_accuracy
        return self._last.validation_loss > WORSE * lowest and lost > max(LOST, chance_of(best))

    @property
    def _loss_rose(self) -> bool:
        """Whether the loss has risen since an epoch that is not among the last.

        The training loss has fallen meanwhile: it is no accident of the steps.
        """
        lowest = min(self._epochs, key=lambda done: done.validation_loss)
        factor = LOSS_ROSE if self._images >= ENOUGH else LOSS_ROSE_OF_FEW
        return (
            lowest not in self._epochs[-LATE:]
            and self._last.validation_loss >= factor * lowest.validation_loss
            and self._last.train_loss < lowest.train_loss
        )

    @property
    def _swings(self) -> bool:
        recent = self._epochs[-RECENT - 1 :]
        falls = [
            before.validation_accuracy - after.validation_accuracy
            > max(LEAST_FALL, chance_of(before))
            for before, after in pairwise(recent)
        ]
        return sum(falls) >= FALLS

    @property
    def _rises(self) -> bool:
        """Whether the last epoch is better than those before the last ones, by more than chance.

        One standard error is enough, as both have read the same images: their difference is less
        left to chance than that of two samples.
        """
        before = self._valid[:-LATE] or self._valid[:-1]
        least = max(LEAST_RISE, chance_of(self._last) / 2)
        return bool(before) and self._valid[-1] - max(before) > least

    @property
    def _is_flat(self) -> bool:
        """Whether the last epochs were no better; of few images that alone says little."""
        if len(self._epochs) <= LATE:
            return False
        no_better = self._valid[-1] - max(self._valid[:-LATE]) <= LEAST_RISE
        return no_better and (self._images >= ENOUGH or self._train_is_flat)

    @property
    def _train_is_flat(self) -> bool:
        return self._train - self._epochs[-LATE - 1].train_accuracy < FLAT

    @property
    def _is_low(self) -> bool:
        return self._is_flat and self._train_is_flat and max(self._train, self._high) < LOW

    def _why_flat(self) -> tuple[Finding, Help]:
        settings, epoch = self._settings, self._last.epoch
        share = settings.schedule_factor(epoch)
        if share < BENT and share < settings.schedule_factor(epoch / 2):
            said = "0" if share < 5e-4 else f"{share:.1%}"
            return _filled(RUN_DOWN, share=said), Help(["more epochs"], "may go further")
        return IS_FLAT, Help(["a lower rate", "more units"], "may go further")

    @property
    def _more_epochs(self) -> Help:
        match self._course.over:
            case None:
                return GO_ON
            case "target":
                return Help(["a higher target"], "lets it go on")
            case "patience":
                return Help(["more patience"], "lets it go on")
            case _:
                return Help(["more epochs"], "help")

    @property
    def _against_overfitting(self) -> list[str]:
        """What helps, as far as it is not in use."""
        settings = self._settings
        found = ["more images", *([] if self._course.augmented else ["augmentation"])]
        if settings.hidden:
            found.append("more dropout" if settings.dropout else "dropout")
        return found

    @property
    def _against_underfitting(self) -> list[str]:
        settings = self._settings
        used = (
            ("less dropout", settings.dropout),
            ("less weight decay", settings.weight_decay),
            ("less augmentation", self._course.augmented),
        )
        return [*(what for what, value in used if value), "more units", "another rate"][:3]

    @property
    def _less_momentum(self) -> list[str]:
        return ["less momentum"] if self._settings.optimizer in ("momentum", "nesterov") else []

    @property
    def _why_above(self) -> str:
        used = (("dropout", self._settings.dropout), ("augmentation", self._course.augmented))
        names = [name for name, value in used if value]
        if names:
            return f"{' and '.join(names)} {'holds' if len(names) == 1 else 'hold'} down"
        return "is the mean over an epoch"


def _filled(finding: Finding, **words: str) -> Finding:
    return Finding(finding.words.format(**words), finding.short.format(**words))
