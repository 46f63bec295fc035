"""What happens next with a referral and when, in plain words for whoever sent it. Pure.

The texts are the service's own, in Bokmål and Nynorsk: short sentences, no terms of the trade.
"""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Final

from oppfolging_api.kernel.registry import Body


class Reader(StrEnum):
    """Who reads it: the one it is about, somebody close to that one, or a service."""

    PERSON = "person"
    KIN = "kin"
    SERVICE = "service"


_Texts = Mapping[str, tuple[str, str]]
"""By status, in Bokmål and Nynorsk; `{answer}` is where it is said when there will be one."""
_MONTHS: Final = (
    *("januar", "februar", "mars", "april", "mai", "juni"),
    *("juli", "august", "september", "oktober", "november", "desember"),
)
_HANDLED: Final = (
    "Meldingen er behandlet. Lurer du på noe, ta kontakt med koordinerende enhet i kommunen.",
    "Meldinga er handsama. Lurer du på noko, ta kontakt med koordinerande eining i kommunen.",
)
_WITHDRAWN: Final = (
    "Meldingen er trukket tilbake. Du kan sende en ny når du vil.",
    "Meldinga er trekt tilbake. Du kan sende ei ny når du vil.",
)
_AT_WORK: Final = (
    "Koordinerende enhet i kommunen arbeider med meldingen. {answer}",
    "Koordinerande eining i kommunen arbeider med meldinga. {answer}",
)
_STEPS: Final[Mapping[Reader, _Texts]] = {
    Reader.PERSON: {
        "received": (
            (
                "Vi har fått meldingen. Koordinerende enhet i kommunen tar kontakt, så dere kan snakke sammen om hva "
                "som er viktig for deg. {answer} Du trenger ikke gjøre noe nå."
            ),
            (
                "Vi har fått meldinga. Koordinerande eining i kommunen tek kontakt, så de kan snakke saman om kva som "
                "er viktig for deg. {answer} Du treng ikkje gjere noko no."
            ),
        ),
        "in-progress": _AT_WORK,
        "handled": _HANDLED,
        "withdrawn": _WITHDRAWN,
    },
    Reader.KIN: {
        "received": (
            (
                "Vi har fått meldingen. Koordinerende enhet i kommunen tar kontakt med den det gjelder, så de kan "
                "snakke sammen om hva som er viktig. {answer} Du trenger ikke gjøre noe nå."
            ),
            (
                "Vi har fått meldinga. Koordinerande eining i kommunen tek kontakt med den det gjeld, så dei kan "
                "snakke saman om kva som er viktig. {answer} Du treng ikkje gjere noko no."
            ),
        ),
        "in-progress": _AT_WORK,
        "handled": _HANDLED,
        "withdrawn": _WITHDRAWN,
    },
    Reader.SERVICE: {
        "received": (
            "Koordinerende enhet vurderer behovet sammen med personen. {answer}",
            "Koordinerande eining vurderer behovet saman med personen. {answer}",
        ),
        "in-progress": (
            "Koordinerende enhet arbeider med meldingen. {answer}",
            "Koordinerande eining arbeider med meldinga. {answer}",
        ),
        "handled": (
            "Meldingen er behandlet av koordinerende enhet.",
            "Meldinga er handsama av koordinerande eining.",
        ),
        "withdrawn": ("Meldingen er trukket tilbake.", "Meldinga er trekt tilbake."),
    },
}
_PROMISED: Final = {
    Reader.PERSON: ("Du får svar innen {day}.", "Du får svar innan {day}."),
    Reader.KIN: ("Det blir svart innen {day}.", "Det blir svart innan {day}."),
    Reader.SERVICE: ("Det blir svart innen {day}.", "Det blir svart innan {day}."),
}
_LATE: Final = (
    "Svaret er forsinket. Det skulle vært her innen {day}.",
    "Svaret er forseinka. Det skulle vore her innan {day}.",
)


def next_step(status: str, by: date, today: date, reader: Reader) -> Body:
    """`nb` and `nn`. A day that has passed is not promised again: it is said that the answer is late."""
    day = f"{by.day}. {_MONTHS[by.month - 1]} {by.year}"
    answers = _LATE if today > by else _PROMISED[reader]
    said = zip(("nb", "nn"), _STEPS[reader][status], answers, strict=True)
    return {language: step.format(answer=answer.format(day=day)) for language, step, answer in said}
