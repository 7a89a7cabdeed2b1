"""Which spellings of a name are one, which may be, and which never are."""

import pytest

from papertide.site.people.spellings import Name, compatible, parts

ONE = [
    ("Yann LeCun", "LeCun, Yann"),
    ("José Ñandú", "Jose NANDU"),
    ("Chun-Yang Wang", "Chunyang Wang"),
    ("Jin Hee Kim", "Jinhee Kim"),
    ("T. J. Giuli", "TJ Giuli"),
    ("Smola A.J.", "A. J. Smola"),
    ("Kwok-Leung Tsui, Ph. D.", "Kwok-Leung Tsui"),
    ("Brian O'Neil", "Brian O’Neil"),
    ("Sammy Davis, Jr.", "Sammy Davis, jr"),
]
PERHAPS = [
    ("J. Smith", "John Smith"),
    ("J. O. Li", "Jo Li"),
    ("John Q. Smith", "John Smith"),
    ("J. Q. Smith", "John Quincy Smith"),
    ("Wei Zhang", "Zhang Wei"),
    ("J.-L. Picard", "Jean-Luc Picard"),
]
NEVER = [
    ("John Smith", "James Smith"),
    ("John Q. Smith", "John R. Smith"),
    ("J. Smith", "Anna Smith"),
    ("Yu-An Wang", "Yuan Wang"),
    ("Ann Abell", "Anna Bell"),
    ("Sammy Davis, Jr.", "Sammy Davis"),
    ("Plato", "Plato"),
    ("E", "E"),
    ("", "John Smith"),
    ("\0", "???"),
]


@pytest.mark.parametrize(("one", "other"), ONE)
def test_spellings_of_one_name(one, other):
    assert parts(one).key == parts(other).key != ""
    assert compatible(parts(one), parts(other))


@pytest.mark.parametrize(("one", "other"), PERHAPS)
def test_names_that_may_stand_for_each_other(one, other):
    assert parts(one).key != parts(other).key
    assert compatible(parts(one), parts(other))
    assert compatible(parts(other), parts(one))


@pytest.mark.parametrize(("one", "other"), NEVER)
def test_names_that_never_are_one(one, other):
    assert not compatible(parts(one), parts(other))
    assert not compatible(parts(other), parts(one))
    assert parts(one).key != parts(other).key or not parts(one).key


def test_parts():
    assert parts("van der Berg, Jan") == Name(("jan", "van", "der"), "berg")
    assert parts("Jan van der Berg").short == "j berg"
    assert parts("Zhang Wei").swapped == parts("Wei Zhang").key
    assert parts("x" * 500 + " " + "y" * 500).key == ""
