"""The page of pictures shows those that there are, and no others are kept."""

from docs.screenshots import GALLERY, PICTURES, SHOTS, gallery


def test_the_gallery_is_as_its_command_makes_it():
    assert GALLERY.read_text() == gallery(), "make screenshots"


def test_every_picture_is_shown():
    kept = {f"screenshots/{picture.name}" for picture in PICTURES.glob("*")}
    assert {name for name in kept if name not in GALLERY.read_text()} == set()
    assert len({shot.name for shot in SHOTS}) == len(SHOTS)
