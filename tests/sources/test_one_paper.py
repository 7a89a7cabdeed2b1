"""What somebody may type to name one paper."""

import pytest

from papertide.sources import gate
from papertide.sources.base import SourceError
from papertide.sources.http import Fetcher
from papertide.sources.one_paper import name_of


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("2503.11731", "arxiv:2503.11731"),
        (" arXiv:2503.11731v3 ", "arxiv:2503.11731"),
        ("math.GT/0309136", "arxiv:math/0309136"),
        ("https://arxiv.org/abs/2503.11731v2?context=cs", "arxiv:2503.11731"),
        ("http://www.arxiv.org/pdf/2503.11731.pdf#page=3", "arxiv:2503.11731"),
        ("https://arxiv.org/html/2503.11731v1", "arxiv:2503.11731"),
        ("arxiv.org/abs/cs/9902027", "arxiv:cs/9902027"),
        ("https://ar5iv.labs.arxiv.org/html/cs/9902027", "arxiv:cs/9902027"),
        ("https://www.alphaxiv.org/overview/2503.11731v1", "arxiv:2503.11731"),
        ("https://huggingface.co/papers/2503.11731", "arxiv:2503.11731"),
        ("https://hf.co/papers/2503.11731", "arxiv:2503.11731"),
        ("10.48550/arXiv.2503.11731", "arxiv:2503.11731"),
        ("https://doi.org/10.48550/arXiv.2503.11731", "arxiv:2503.11731"),
        ("10.1038/NATURE14539", "doi:10.1038/nature14539"),
        ("doi: 10.1038/nature14539.", "doi:10.1038/nature14539"),
        ("https://dx.doi.org/10.1000/a%2Fb", "doi:10.1000/a/b"),
        ("https://dl.acm.org/doi/pdf/10.1145/3442188.3445922", "doi:10.1145/3442188.3445922"),
        ("https://onlinelibrary.wiley.com/doi/10.1002/abc/full", "doi:10.1002/abc"),
        ("https://link.springer.com/content/pdf/10.1007/s1.pdf", "doi:10.1007/s1"),
        ("https://www.biorxiv.org/content/10.1101/2024.01.01.5v2.full.pdf",
         "doi:10.1101/2024.01.01.5"),
        ("https://evil-arxiv.org/abs/2503.11731", ""),
        ("https://arxiv.org/list/cs.CL/new", ""),
        ("https://[::1/10.1000/x", ""),
        ("https://example.org/", ""),
        ("2503.11731\0", ""),
        ("Attention Is All You Need", ""),
        ("", ""),
    ],
)  # fmt: skip
def test_names(text, name):
    assert name_of(text) == name


def test_who_waits_for_little_is_told_that_another_asks(tmp_path):
    fetch = Fetcher(tmp_path, longest_wait=0.05)
    with gate.entered(tmp_path / "gates", "127.0.0.1"), pytest.raises(SourceError) as told:
        fetch("http://127.0.0.1:9/")
    assert told.value.reason == "later"
