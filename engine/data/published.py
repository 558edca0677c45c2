"""The published sets: what they are, where their files are, and how to know the right bytes."""

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from engine.registry import HYPHENS, Registry

PARTS = (
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
)
"""The four files of a set, without `.gz`."""


@dataclass(frozen=True, slots=True)
class PublishedFile:
    """One file as it was published: its name, its bytes, and their SHA-256."""

    name: str
    size: int
    sha256: str

    def is_at(self, path: Path) -> bool:
        """Whether exactly this file is there.

        Raises:
            OSError: what is there cannot be read.
        """
        if not path.is_file() or path.stat().st_size != self.size:
            return False
        return sha256(path.read_bytes()).hexdigest() == self.sha256


@dataclass(frozen=True, slots=True)
class Published:
    """A set that anybody can download.

    mirrors: base addresses, each followed by a file's name; the first that works is used.
    class_names: one for each class, in the order of the labels.
    images: how many to learn from, and how many to be tested on.
    """

    name: str
    title: str
    about: str
    license: str
    source: str
    mirrors: tuple[str, ...]
    files: tuple[PublishedFile, ...]
    class_names: tuple[str, ...]
    images: tuple[int, int] = (60_000, 10_000)

    @property
    def size(self) -> int:
        """Bytes to download."""
        return sum(file.size for file in self.files)

    @property
    def megabytes(self) -> str:
        """The size for a person, such as "12 MB"."""
        return f"{self.size / 1e6:.0f} MB"


def _files(*facts: tuple[int, str]) -> tuple[PublishedFile, ...]:
    return tuple(
        PublishedFile(f"{part}.gz", size, digest)
        for part, (size, digest) in zip(PARTS, facts, strict=True)
    )


PUBLISHED: Registry[Published] = Registry("data set", HYPHENS)
"""Every published set by its name.

Sizes and digests agree in two places that each computed them: TensorFlow Datasets
(`url_checksums/*.txt`) and torchvision's prototype datasets; MNIST's also in issue 5.
"""

RESERVED = ("bundled", "drawn")
"""What is no name of a published set: the catalog knows it as something else."""


def publish(published: Published) -> Published:
    """Register a set by its name, and return it.

    Raises:
        ValueError: there is such a set already, or the name cannot be one.
    """
    if published.name in RESERVED:
        raise ValueError(f"there is a data set {published.name} already")
    return PUBLISHED.add(published.name, published)


MNIST = publish(
    Published(
        name="mnist",
        title="MNIST",
        about="handwritten digits",
        license="CC BY-SA 3.0",
        source="Y. LeCun, C. Cortes, C. Burges, The MNIST Database of Handwritten Digits",
        mirrors=(
            "https://ossci-datasets.s3.amazonaws.com/mnist/",
            "https://storage.googleapis.com/cvdf-datasets/mnist/",
        ),
        files=_files(
            (9_912_422, "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"),
            (28_881, "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"),
            (1_648_877, "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"),
            (4_542, "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"),
        ),
        class_names=tuple("0123456789"),
    )
)

FASHION_MNIST = publish(
    Published(
        name="fashion-mnist",
        title="Fashion-MNIST",
        about="clothes and shoes from a shop's catalog",
        license="MIT",
        source="H. Xiao, K. Rasul, R. Vollgraf, Fashion-MNIST, arXiv:1708.07747",
        mirrors=(
            "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
            "https://fashion-mnist.s3.eu-central-1.amazonaws.com/",
        ),
        files=_files(
            (26_421_880, "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84"),
            (29_515, "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845"),
            (4_422_102, "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073"),
            (5_148, "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5"),
        ),
        class_names=(
            "T-shirt/top",
            "Trouser",
            "Pullover",
            "Dress",
            "Coat",
            "Sandal",
            "Shirt",
            "Sneaker",
            "Bag",
            "Ankle boot",
        ),
    )
)

KMNIST = publish(
    Published(
        name="kmnist",
        title="Kuzushiji-MNIST",
        about="cursive Japanese letters: o ki su tsu na ha ma ya re wo",
        license="CC BY-SA 4.0",
        source="T. Clanuwat and others, Deep Learning for Classical Japanese Literature, "
        "arXiv:1812.01718; created by CODH, doi:10.20676/00000341",
        mirrors=(
            "https://codh.rois.ac.jp/kmnist/dataset/kmnist/",
            "https://storage.googleapis.com/s4tf-hosted-binaries/datasets/KMNIST/",
        ),
        files=_files(
            (18_165_135, "51467d22d8cc72929e2a028a0428f2086b092bb31cfb79c69cc0a90ce135fde4"),
            (29_497, "e38f9ebcd0f3ebcdec7fc8eabdcdaef93bb0df8ea12bee65224341c8183d8e17"),
            (3_041_136, "edd7a857845ad6bb1d0ba43fe7e794d164fe2dce499a1694695a792adfac43c5"),
            (5_120, "20bb9a0ef54c7db3efc55a92eef5582c109615df22683c380526788f98e42a1c"),
        ),
        # お き す つ な は ま や れ を in romaji: every terminal can show it in cells of one width
        class_names=("o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"),
    )
)
