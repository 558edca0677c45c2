"""What the optimizer in use makes of one weight, as formulas with their numbers."""

from collections.abc import Callable
from dataclasses import dataclass
from math import isfinite, sqrt

from engine.nn.optimizers import BETA1, BETA2, EPSILON
from numrec_tui.lessons.own_step import Update
from numrec_tui.lessons.steps import number

DIGITS = 6
"""Significant digits of a number that is shown."""


def shown(value: float) -> str:
    """A number with at most six significant digits, as in a formula: .25, -.0123457, 1.2e-07."""
    if not isfinite(value) or value == 0:
        return number(value)
    text = f"{value:.{DIGITS}g}"
    return text.replace("0.", ".", 1) if text.startswith(("0.", "-0.")) else text


def factor(value: float) -> str:
    """A number that follows a minus, or is squared: in brackets where it is negative."""
    return f"({shown(value)})" if value < 0 else shown(value)


@dataclass(frozen=True, slots=True)
class Rule:
    """How an optimizer is told: what it does in a sentence, the formula, lines with numbers."""

    sentence: str
    formula: str
    lines: Callable[[Update], tuple[str, ...]]


def rule_of(optimizer: str) -> Rule:
    """How an optimizer is told; that of another package by what comes of it."""
    return RULES.get(optimizer) or Rule(
        "Every weight moves as the optimizer in use says.",
        f"w ← {optimizer}(w, g)",
        lambda update: (f"w: {shown(update.before)} → {shown(update.after)}",),
    )


def _decayed(update: Update) -> tuple[tuple[str, ...], float]:
    """The gradient with weight decay in it, and the line that tells so, if there is any."""
    decay, g = update.settings.weight_decay, update.gradient
    if not decay:
        return (), g
    with_decay = g + decay * update.before
    line = f"g = {shown(g)} + {shown(decay)}×{shown(update.before)} = {shown(with_decay)}"
    return (line,), with_decay


def _sgd(update: Update) -> tuple[str, ...]:
    lines, g = _decayed(update)
    rate = shown(update.settings.learning_rate)
    return (*lines, f"w = {shown(update.before)} - {rate}×{factor(g)} = {shown(update.after)}")


def _velocity(update: Update) -> tuple[tuple[str, ...], float]:
    """The lines up to the velocity, and the gradient in it."""
    lines, g = _decayed(update)
    settings = update.settings
    before, after = float(update.state_before[0]), float(update.state_after[0])
    line = (
        f"v = {shown(settings.momentum)}×{shown(before)} + "
        f"{shown(settings.learning_rate)}×{shown(g)} = {shown(after)}"
    )
    return (*lines, line), g


def _momentum(update: Update) -> tuple[str, ...]:
    lines, _ = _velocity(update)
    v = factor(float(update.state_after[0]))
    return (*lines, f"w = {shown(update.before)} - {v} = {shown(update.after)}")


def _nesterov(update: Update) -> tuple[str, ...]:
    lines, g = _velocity(update)
    settings, v = update.settings, float(update.state_after[0])
    ahead = f"{shown(settings.momentum)}×{shown(v)} + {shown(settings.learning_rate)}×{shown(g)}"
    return (*lines, f"w = {shown(update.before)} - ({ahead}) = {shown(update.after)}")


def _adam(update: Update) -> tuple[str, ...]:
    lines, g = _decayed(update)
    return (*lines, *_moments(update, g, update.before))


def _adamw(update: Update) -> tuple[str, ...]:
    settings, start = update.settings, update.before
    lines: tuple[str, ...] = ()
    if settings.weight_decay:
        start *= 1 - settings.learning_rate * settings.weight_decay
        lines = (
            f"w = {shown(update.before)}×(1 - {shown(settings.learning_rate)}×"
            f"{shown(settings.weight_decay)}) = {shown(start)}",
        )
    return (*lines, *_moments(update, update.gradient, start))


def _moments(update: Update, g: float, start: float) -> tuple[str, ...]:
    """Adam's step from `start`, the weight after a decay that does not pass the moments."""
    (m0, v0), (m, v) = update.state_before.tolist(), update.state_after.tolist()
    step, rate = update.batch.step, update.settings.learning_rate
    m_hat, v_hat = m / (1 - BETA1**step), v / (1 - BETA2**step)
    root = sqrt(v_hat) if v_hat >= 0 else v_hat
    return (
        f"m = {shown(BETA1)}×{shown(m0)} + {shown(1 - BETA1)}×{shown(g)} = {shown(m)}",
        f"v = {shown(BETA2)}×{shown(v0)} + {shown(1 - BETA2)}×{factor(g)}² = {shown(v)}",
        f"m̂ = {shown(m)}/(1 - {shown(BETA1)}^{step}) = {shown(m_hat)}",
        f"√v̂ = √({shown(v)}/(1 - {shown(BETA2)}^{step})) = {shown(root)}",
        f"w = {shown(start)} - {shown(rate)}×{factor(m_hat)}/({shown(root)} + {EPSILON:g})"
        f" = {shown(update.after)}",
    )


DECAY = "Weight decay adds a share of the weight itself to its gradient."

RULES: dict[str, Rule] = {
    "sgd": Rule(
        "Every weight takes a step against its gradient, as far as the rate says.",
        "w ← w - rate×g",
        _sgd,
    ),
    "momentum": Rule(
        "The step keeps a share of the one before: what points the same way adds up.",
        "v ← momentum×v + rate×g, w ← w - v",
        _momentum,
    ),
    "nesterov": Rule(
        "As momentum, but one step ahead: the step that would follow is taken already.",
        "v ← momentum×v + rate×g, w ← w - (momentum×v + rate×g)",
        _nesterov,
    ),
    "adam": Rule(
        "The mean gradient m is divided by its usual size √v: each weight moves about as far.",
        "w ← w - rate×m̂/(√v̂ + ε)",
        _adam,
    ),
    "adamw": Rule(
        "As Adam, but weight decay first makes the weight itself smaller.",
        "w ← w×(1 - rate×decay) - rate×m̂/(√v̂ + ε)",
        _adamw,
    ),
}
"""How the engine's own optimizers are told."""


def rate_line(update: Update, learning_rate: float, schedule: str) -> tuple[str, ...]:
    """How the rate in force comes about, where a schedule changes it."""
    rate = update.settings.learning_rate
    if rate == learning_rate or not learning_rate:
        return ()
    share = shown(rate / learning_rate)
    line = f"rate, {schedule.replace('_', ' ')}: {shown(learning_rate)}×{share} = {shown(rate)}"
    if rate == 0:
        return (line, "The schedule has brought the rate to 0: no weight moves any more.")
    return (line,)
