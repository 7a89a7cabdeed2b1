"""Words as the names of topics have them, and those that say nothing of a topic."""

import re

from papertide.papers import fold


def term(word: str) -> str:
    """A word without case, accents and the s of its plural."""
    folded = fold(word)
    if len(folded) > 4 and folded.endswith("ies"):
        return folded[:-3] + "y"
    if len(folded) > 3 and folded.endswith("s") and not folded.endswith(("ss", "us", "is")):
        return folded[:-1]
    return folded


def _terms(words: str) -> frozenset[str]:
    return frozenset(map(term, words.split()))


# What says how a paper goes about things and not about which, and what only joins words.
EMPTY = _terms(
    "a about above across adaptive after against all along also among an analysis and any approach "
    "approaches are as assessing at based be benchmark benchmarking benchmarks between beyond both "
    "bridging building but by can case challenges comparative comprehensive data dataset datasets "
    "design do does driven during dynamic each effective effects efficient empirical enabling "
    "enhanced enhancing evaluating evaluation experimental explaining exploring fast for framework "
    "frameworks from general generalized guided has have how high if improved improving in into "
    "introducing investigating is it its large learn learning leveraging low make making meets "
    "method methods model modeling modelling models more multi near need new no non not novel of "
    "on one only or our out over part perspective practical problem problems problem-solving real "
    "results review revisiting robust scalable self simple some study studying survey system "
    "systems task tasks than that the their them theory there these they this through time to "
    "toward towards two under understanding unified unifying unlocking up use using via vs was we "
    "what when where which while who why with within without world you your rethinking aware "
    "better first free good key less matters paper papers scale small state"
)
JOINING = _terms("of for in and the to with on by from at as or a an")
# Of these a phrase may be made, with others; a cluster is not called by one alone.
_PARTS = _terms(
    "analysis benchmark data dataset design evaluation large learning model modeling multi non "
    "self small system theory time task robust general world state"
)
CUT = EMPTY - _PARTS  # no name begins or ends with them: "using diffusion models"
DOING = _terms("learning modeling evaluation design analysis")  # and none begins: "learning graphs"
DESCRIBING = _terms(
    "artificial autonomous bayesian binary conditional convolutional deep discrete end-to-end "
    "generative large large-scale linear multi neural non parallel probabilistic recurrent self "
    "sequential small spatial statistical stochastic structured supervised temporal visual"
)  # and none ends with them: "recurrent neural"
hanging = re.compile(
    r".*-(?:based|level|aware|driven|free|wise|guided|specific|agnostic)"
).fullmatch
