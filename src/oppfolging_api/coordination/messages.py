"""Messages and answers: whoever writes one writes as themselves, and nobody rewrites another's."""

from typing import Final

from oppfolging_api.access.guards import TRUSTED
from oppfolging_api.kernel.canonical import Canonical
from oppfolging_api.kernel.coding import has_code
from oppfolging_api.kernel.errors import Forbidden, Issue, broken_rule
from oppfolging_api.kernel.registry import Body, Change, Facts
from oppfolging_api.kernel.vocabulary import COMMUNICATION_CATEGORY, CommunicationCategory
from oppfolging_api.store.index import without_version

RULES: Final = {
    "message-sender": "Avsenderen er den som skriver.",
    "answers-author": "Svarene føres av den som skriver dem ned.",
    "message-feedback": "Tilbakemelding på en melding om behov gis av koordinerende enhet.",
}


async def sender_is_the_caller(canonical: Canonical, change: Change, facts: Facts) -> None:
    """The unit and its systems write for others; feedback, which a sender outside the team reads, is theirs alone."""
    if _written_for_others(change):
        return
    await _check_writer("sender", "message-sender", change, facts)
    system = canonical.code_system(COMMUNICATION_CATEGORY)
    if change.after and has_code(change.after.get("category", ()), system, CommunicationCategory.FEEDBACK):
        said = "feedback is the coordinating unit's to give"
        raise broken_rule("message-feedback", RULES["message-feedback"], "Communication.category", said)


async def author_is_the_caller(change: Change, facts: Facts) -> None:
    """Answers are written down by the caller, whoever gave them; the coordinator may mend those of the whole team."""
    if _written_for_others(change) or "coordinator" in change.seen:
        return
    await _check_writer("author", "answers-author", change, facts)


def _written_for_others(change: Change) -> bool:
    return change.by_service or bool(TRUSTED & (set(change.seen) | set(change.caller.roles)))


async def _check_writer(element: str, rule: str, change: Change, facts: Facts) -> None:
    """Whoever is named as the writer is the caller, before and after. What names nobody is changed by the unit alone;
    the access log still knows who wrote it. Raises Forbidden for another's, Unprocessable for one in another's name."""
    names = await facts.caller_names()
    type = change.type.name
    if change.before is not None and _named(change.before, element) not in names:
        said = f"a {type} is changed by whoever wrote it"
        raise Forbidden((Issue("forbidden", said, type, rule, RULES[rule]),))
    if change.after is not None and (named := _named(change.after, element)) and named not in names:
        raise broken_rule(rule, RULES[rule], f"{type}.{element}", f"{element} is the caller")


def _named(resource: Body, element: str) -> str | None:
    """The reference that names the writer; one by identifier alone names nobody this service can tell."""
    pointed = resource.get(element)
    if pointed is None:
        return None
    return without_version(pointed.get("reference", "")) or "somebody else"
