"""Settings to a labeler that others find, verify and know the labels of, one checked step after another."""

from skywarden.app.label_setup.dialogue import Dialogue
from skywarden.app.label_setup.walk import Wishes, walk

__all__ = ["Dialogue", "Wishes", "walk"]
