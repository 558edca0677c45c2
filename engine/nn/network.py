"""A stack of dense layers whose parameters are one vector, and backpropagation through it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from engine.errors import InputError
from engine.nn.activations import Activation
from engine.nn.arrays import Array, Blocks, Bytes
from engine.nn.initializers import Initializer
from engine.nn.losses import Loss, OutputBuffers
from engine.nn.pixels import checked_inputs, leading_shape

AT_A_TIME = 1000
"""Pictures that are read at a time: enough for quick products, few enough to need little memory."""


def count_parameters(sizes: Sequence[int]) -> int:
    """How many numbers a network of these layer sizes has: weights and biases."""
    return sum((n_in + 1) * n_out for n_in, n_out in pairwise(sizes))


def layer_views(vector: Array, sizes: Sequence[int]) -> tuple[tuple[Array, ...], tuple[Array, ...]]:
    """A flat vector (p,) seen as weights[k] (n_in, n_out) and biases[k] (n_out,).

    The order is W1, b1, W2, b2 … Writing to a view writes to the vector.
    """
    weights, biases, start = [], [], 0
    for n_in, n_out in pairwise(sizes):
        weights.append(vector[start : start + n_in * n_out].reshape(n_in, n_out))
        start += n_in * n_out
        biases.append(vector[start : start + n_out])
        start += n_out
    return tuple(weights), tuple(biases)


class Network:
    """Dense layers with one hidden activation, and an output that belongs to the loss.

    sizes: units in each layer, pixels first and classes last.
    theta (p,): every parameter, zeros unless given; `weights` and `biases` are views of it.

    Raises:
        InputError: there are fewer than two sizes, or one is below 1.
    """

    def __init__(
        self,
        sizes: Sequence[int],
        activation: Activation,
        loss: Loss,
        dtype: DTypeLike = np.float32,
        theta: Array | None = None,
    ) -> None:
        if len(sizes) < 2 or min(sizes) < 1:
            raise InputError(f"a network needs two sizes or more, each at least 1, not {sizes}")
        self.sizes = tuple(sizes)
        self.activation = activation
        self.loss = loss
        self.theta: Array = np.zeros(count_parameters(sizes), dtype) if theta is None else theta
        self.weights, self.biases = layer_views(self.theta, sizes)

    def initialize(self, initializer: Initializer, generator: np.random.Generator) -> None:
        """Draw new weights, layer by layer, and set every bias to 0."""
        for weights, biases in zip(self.weights, self.biases, strict=True):
            weights[:] = initializer(generator, *weights.shape)
            biases[:] = 0

    def predict(self, images: NDArray[Any]) -> Array:
        """What the network makes of pictures: (…, rows, columns) -> (…, classes).

        images: uint8, 0 to 255, or floats that are 0 to 1; a picture may as well be a row of its
        pixels. Whatever leads, such as a count, leads in what comes out, too. The outputs are
        probabilities, nan where a network that has diverged gives no number.

        Raises:
            InputError: they are of another size or kind, or a float is outside of 0 to 1.
        """
        images = np.asarray(images)
        leading = leading_shape(images.shape, self.sizes[0])
        rows = images.reshape(int(np.prod(leading)), self.sizes[0])
        outputs = np.empty((len(rows), self.sizes[-1]), self.theta.dtype)
        with np.errstate(all="ignore"):
            for start in range(0, max(len(rows), 1), AT_A_TIME):  # none are looked at, too
                x = self.inputs(rows[start : start + AT_A_TIME])
                outputs[start : start + AT_A_TIME] = self.probabilities(x)
        return outputs.reshape(*leading, self.sizes[-1])

    def inputs(self, images: NDArray[Any]) -> Array:
        """Pictures as `probabilities` wants them: (…, rows, columns) -> (n, n_in), 0 to 1.

        Raises:
            InputError: as `predict`.
        """
        return checked_inputs(images, self.sizes[0], self.theta.dtype)

    def probabilities(self, x: Array) -> Array:
        """The outputs for inputs x (n, n_in) that are scaled already -> (n, classes).

        Raises:
            InputError: they are no floats, or of another shape.
        """
        if not np.issubdtype(x.dtype, np.floating):
            raise InputError(
                f"The inputs are {x.dtype}, but have to be floats, 0 to 1; predict takes pictures."
            )
        if x.ndim != 2 or x.shape[1] != self.sizes[0]:
            raise InputError(f"The inputs are {x.shape}, but have to be (n, {self.sizes[0]}).")
        workspace = Workspace(self, len(x))
        workspace.x[:] = x
        forward(self, workspace)
        return workspace.scores.a

    def __repr__(self) -> str:
        sizes = "-".join(map(str, self.sizes))
        return f"Network({sizes}, {self.activation.name}, {self.loss.name})"


class Workspace:
    """Every array that a batch of n rows needs, made once and used again for each batch.

    x (n, n_in): the pictures, to be filled by the caller. blocks: where in x there may be ink; what
    lies outside of them is taken for 0 and never read. Unless told, one block holds everything.
    z[k], a[k], delta[k] (n, width): a hidden layer's sums (then slopes), outputs and errors.
    sums, errors (n, width): the first of these, or those of the output if no layer is hidden; made
    unless given.
    masks[k] (n, width): what dropout multiplies a[k] by, when it is used.
    ones (n,): a product with them sums over the rows.
    gradient (p,) or longer: the summed gradient, laid out as the parameters; `weights` and `biases`
    view it. Unless given, it is made when it is asked for: who only goes forward needs none.
    """

    def __init__(
        self,
        network: Network,
        rows: int,
        gradient: Array | None = None,
        sums: Array | None = None,
        errors: Array | None = None,
    ) -> None:
        sizes, dtype = network.sizes, network.theta.dtype
        self._network = network
        self._whole: Workspace | None = None
        self._smaller: dict[int, Workspace] = {}
        self.rows = rows
        self.blocks: Blocks = ((slice(0, sizes[0]), rows),)
        z, delta = (_rooms(rows, sizes[1:], dtype, given) for given in (sums, errors))
        self.sums, self.errors = z[0], delta[0]
        self.scores = _empty_scores(z.pop(), delta.pop())
        self.z, self.delta = z, delta
        self.a, self.masks = (_rooms(rows, sizes[1:-1], dtype) for _ in range(2))
        self.ones: Array = np.ones(rows, dtype)
        if gradient is not None:
            self.gradient = gradient

    @cached_property
    def gradient(self) -> Array:
        """Made when it is asked for, unless it was given."""
        whole = self._whole
        return np.zeros_like(self._network.theta) if whole is None else whole.gradient

    @cached_property
    def weights(self) -> tuple[Array, ...]:
        """The gradient's, (n_in, n_out) each."""
        return layer_views(self.gradient, self._network.sizes)[0]

    @cached_property
    def biases(self) -> tuple[Array, ...]:
        """The gradient's, (n_out,) each."""
        return layer_views(self.gradient, self._network.sizes)[1]

    @cached_property
    def x(self) -> Array:
        """Made when it is asked for: who gives the sums needs no pictures."""
        return np.empty((self.rows, self._network.sizes[0]), self._network.theta.dtype)

    def first(self, rows: int) -> "Workspace":
        """A workspace for fewer rows, such as an epoch's last batch; it is kept for next time."""
        if rows == self.rows:
            return self
        if rows not in self._smaller:
            self._smaller[rows] = Workspace(self._network, rows)
            self._smaller[rows]._whole = self
        return self._smaller[rows]


def _rooms(
    rows: int, widths: Sequence[int], dtype: DTypeLike, first: Array | None = None
) -> list[Array]:
    """An array (rows, width) for each width; the first one may be given."""
    return [
        np.empty((rows, width), dtype) if k or first is None else first
        for k, width in enumerate(widths)
    ]


def _empty_scores(z: Array, delta: Array) -> OutputBuffers:
    rows, classes = z.shape
    return OutputBuffers(
        z=z,
        a=np.empty_like(z),
        delta=delta,
        hit=np.zeros(rows, np.intp),
        row=np.empty((rows, 1), z.dtype),
        picked=np.empty(rows, z.dtype),
        starts=np.arange(rows, dtype=np.intp) * classes,
        guess=np.empty(rows, np.intp),
        ones=np.ones((classes, 1), z.dtype),
    )


@dataclass(frozen=True, slots=True)
class BatchScore:
    """Sums over the `rows` of a batch: the loss, and how many digits were read right."""

    rows: int
    loss: float
    correct: int


def forward(
    network: Network, batch: Workspace, *, learning: bool = False, dropout: bool = False
) -> None:
    """From the pictures in `batch.x` to the outputs in `batch.scores.a`.

    learning, dropout: as in `forward_from_sums`.
    """
    first_sums(batch.x, network.weights[0], batch.blocks, batch.sums, spare=batch.errors)
    forward_from_sums(network, batch, learning=learning, dropout=dropout)


def first_sums(x: Array, weights: Array, blocks: Blocks, out: Array, spare: Array) -> None:
    """x·W of the first layer: pictures x (n, n_in), of which only the blocks are read, W (n_in, m).

    out, spare (n, m): the sums, and room to work in.
    """
    (columns, _), *more = blocks
    np.matmul(x[:, columns], weights[columns], out=out)
    for columns, rows in more:
        np.matmul(x[:rows, columns], weights[columns], out=spare[:rows])
        out[:rows] += spare[:rows]


def forward_from_sums(
    network: Network, batch: Workspace, *, learning: bool = False, dropout: bool = False
) -> None:
    """From the first layer's x·W in `batch.sums` to the outputs in `batch.scores.a`.

    When learning, each hidden z is turned into the slope da/dz, dropout included: that is all
    backpropagation needs of it.
    """
    for k in range(len(batch.z)):
        z, a = batch.z[k], batch.a[k]
        if k:
            np.matmul(batch.a[k - 1], network.weights[k], out=z)  # (n, n_out)
        z += network.biases[k]
        network.activation.value(z, a)
        if learning:
            network.activation.slope(z, a, z)
        if dropout:
            a *= batch.masks[k]
            z *= batch.masks[k]
    if batch.a:
        np.matmul(batch.a[-1], network.weights[-1], out=batch.scores.z)  # (n, classes)
    np.add(batch.scores.z, network.biases[-1], out=batch.scores.z)
    network.loss.output(batch.scores)


def gradient(
    network: Network, batch: Workspace, labels: Bytes, *, scale: float = 1.0, dropout: bool = False
) -> BatchScore:
    """Backpropagation: `scale` times the summed gradient of the loss goes into `batch.gradient`.

    batch.x (n, n_in) holds the pictures and labels (n,) their classes. The gradient is a sum over
    the rows, so that shares of a batch add up; with 1 / (rows of the whole batch) for a scale they
    add up to the mean. Scaling the errors of the output costs next to nothing.
    """
    forward(network, batch, learning=True, dropout=dropout)
    score = backward_to_errors(network, batch, labels, scale=scale)
    first_gradient(batch.x, batch.errors, batch.blocks, out=batch.weights[0])
    return score


def backward_to_errors(
    network: Network, batch: Workspace, labels: Bytes, *, scale: float = 1.0
) -> BatchScore:
    """After going forward: everything of `gradient` but the first layer's weights.

    The derivatives by the first layer's sums are left in `batch.errors`.
    """
    scores = batch.scores
    scores.set_targets(labels)
    result = BatchScore(len(labels), network.loss.value(scores), scores.correct())
    network.loss.delta(scores)
    delta = scores.delta  # (n, classes)
    delta *= scale
    for k in reversed(range(len(network.weights))):
        np.matmul(batch.ones, delta, out=batch.biases[k])  # (n_out,), the sum over the rows
        if k:
            np.matmul(batch.a[k - 1].T, delta, out=batch.weights[k])  # (n_in, n_out)
            np.matmul(delta, network.weights[k].T, out=batch.delta[k - 1])  # (n, n_in)
            delta = batch.delta[k - 1]
            delta *= batch.z[k - 1]  # the slope by now
    return result


def first_gradient(x: Array, errors: Array, blocks: Blocks, out: Array) -> None:
    """xᵀ·delta for the first layer's weights: x as in `first_sums`, errors (n, m) -> (n_in, m).

    Nobody needs the derivative by the pictures.
    """
    for columns, rows in blocks:
        np.matmul(x[:rows, columns].T, errors[:rows], out=out[columns])


def draw_masks(
    batch: Workspace,
    dropout: float,
    generator: np.random.Generator,
    first: int = 0,
    total: int | None = None,
) -> None:
    """Fill the dropout masks: 0 with probability `dropout`, else 1 / (1 - dropout).

    Scaling up what is kept means that nothing has to be scaled when the network is used.
    first, total: where the rows stand in a larger batch; they get what they would get in it.
    Source: Srivastava et al., 2014, Dropout (in its inverted form).
    """
    rows = batch.rows
    total = rows if total is None else total
    begin, drawn = generator.bit_generator.state, 0
    for mask in batch.masks:
        width = mask.shape[1]
        _go_to(drawn + first * width, generator, begin, mask.dtype)
        generator.random(dtype=mask.dtype.type, out=mask)
        np.greater_equal(mask, dropout, out=mask)
        np.divide(mask, 1 - dropout, out=mask)
        drawn += total * width


def _go_to(
    index: int, generator: np.random.Generator, begin: Mapping[str, Any], dtype: np.dtype[Any]
) -> None:
    """Let the next number be the `place`-th after the state `begin`, without drawing the others.

    PCG64 gives 64 bits at a time: two numbers of float32, or one of float64.
    """
    each = 8 // dtype.itemsize
    generator.bit_generator.state = begin
    generator.bit_generator.advance(index // each)  # type: ignore[attr-defined]
    if index % each:
        generator.random(dtype=dtype.type)
