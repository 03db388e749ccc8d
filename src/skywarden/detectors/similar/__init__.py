"""Texts -> short signatures that near copies share; nothing is remembered here."""

from skywarden.detectors.similar.signatures import SIGNATURE_WORDS, sign_texts

__all__ = ["SIGNATURE_WORDS", "sign_texts"]
