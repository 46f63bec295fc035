"""Whether a message is a referral: by the first word of a note's subject, or by a code.

No code of the topics a Dialogmelding has by its guide (Volven 7322, 9153) says so. 8307#1, that the patient needs an
individual plan, does: that is what is reported to the coordinating unit. A municipality may agree on one more.
"""

import re
from typing import Final

from oppfolging_api.kernel.folding import fold
from oppfolging_api.referral.plo.codes import NEED_OF_PLAN, NEEDS_PLAN
from oppfolging_api.referral.plo.message import Message

_WORDS: Final = frozenset({"oppfolgingsteam", "oppfoelgingsteam", "oppfylgingsteam"})
"""Folded: with ø, with oe, and in Nynorsk."""
_FIRST_WORD: Final = re.compile(r"[\W_]*(\w+)")

REFERRAL_CODES: Final = frozenset({(NEED_OF_PLAN, NEEDS_PLAN)})
"""System and value, of a note's topic or of the case."""


def names_a_team(subject: str) -> bool:
    """`Oppfølgingsteam`, in any case, with or without more behind it; not a question about one."""
    first = _FIRST_WORD.match(fold(subject))
    return bool(first and first[1] in _WORDS)


def is_referral(message: Message, codes: frozenset[tuple[str, str]] = REFERRAL_CODES) -> bool:
    topics = (message.case, *(note.topic for note in message.notes))
    coded = any((topic.system, topic.value) in codes for topic in topics if topic)
    return coded or any(names_a_team(note.subject) for note in message.notes)
