"""What consent and relation leave of what a role may see, as data: CONTRACT sections 1, 3 and 4.

Each line is about one caller and one state; each of its columns about one resource, and holds one letter an
interaction, in the order of INTERACTIONS:

    +  done, or found        -  does not exist for the caller: 404, absent from a search and its total
    x  403                   r  422, as for a reference to what does not exist
    c  409: a system may choose ids, and has chosen one that is taken

Beside reading it (read, vread, history) a Goal is looked for as a list is (search), as a count (total), and by what
would tell that it is there: a Task that points at it (include), the person it is about (revinclude, and `_has`), a
search of Tasks by what their Goal says (chain) or by the Goal itself (reference). `create` writes a Communication about
it, `update` and `delete` are of itself.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

READS = ("read", "vread", "history")
SEARCHES = ("search", "total", "include", "revinclude", "has", "chain", "reference")
WRITES = ("create", "update", "delete")
INTERACTIONS = (*READS, *SEARCHES, *WRITES)
BRIEF = ("read", "vread", "history", "search", "total", "create", "update", "delete")
"""Of what no Task points at."""


class Line(NamedTuple):
    """`cells`: for each column its letters, one an interaction."""

    role: str
    state: str
    cells: tuple[str, ...]


def _lines(table: str) -> tuple[Line, ...]:
    rows = (text.split() for text in table.splitlines() if text and not text.startswith("#"))
    return tuple(Line(role, state, tuple(cells)) for role, state, *cells in rows)


def cells(lines: Iterable[Line]) -> Iterator[str]:
    return (letter for line in lines for column in line.cells for letter in column)


LABELS = ("none", "health", "mental-health", "work", "work+health", "third-party")
"""Of a Goal, which counts as health where no kind is labelled."""

# What the person's sharing consent denies the caller: `-org` to their organisation, `-parent` to what it is part of,
# `-employer` to another organisation they work for, `-person` to themselves by name, `-others` to everybody else,
# `-former` to where they worked, or will work.
# `two-rules` denies work to the organisation and health to the individual; `of-another` is another person's denial.
_CONSENTS = """
#role             denied          none          health        mental-health work          work+health   third-party
coordinator       nothing         +++++++++++++ +++++++++++++ +++++++++++++ +++++++++++++ +++++++++++++ +++++++++++++
coordinator       health-org      ----------r-- ----------r-- ----------r-- +++++++++++++ ----------r-- ----------r--
coordinator       health-parent   ----------r-- ----------r-- ----------r-- +++++++++++++ ----------r-- ----------r--
coordinator       health-employer ----------r-- ----------r-- ----------r-- +++++++++++++ ----------r-- ----------r--
coordinator       health-person   ----------r-- ----------r-- ----------r-- +++++++++++++ ----------r-- ----------r--
coordinator       health-others   +++++++++++++ +++++++++++++ +++++++++++++ +++++++++++++ +++++++++++++ +++++++++++++
coordinator       health-former   +++++++++++++ +++++++++++++ +++++++++++++ +++++++++++++ +++++++++++++ +++++++++++++
coordinator       mental-org      +++++++++++++ +++++++++++++ ----------r-- +++++++++++++ +++++++++++++ +++++++++++++
coordinator       work-org        +++++++++++++ +++++++++++++ +++++++++++++ ----------r-- ----------r-- +++++++++++++
coordinator       two-rules       ----------r-- ----------r-- ----------r-- ----------r-- ----------r-- ----------r--
coordinator       of-another      +++++++++++++ +++++++++++++ +++++++++++++ +++++++++++++ +++++++++++++ +++++++++++++
coordinator       ended           +++++++++++++ +++++++++++++ +++++++++++++ +++++++++++++ +++++++++++++ +++++++++++++
coordinator       not-begun       +++++++++++++ +++++++++++++ +++++++++++++ +++++++++++++ +++++++++++++ +++++++++++++
coordinator       rule-ended      +++++++++++++ +++++++++++++ +++++++++++++ +++++++++++++ +++++++++++++ +++++++++++++
coordinator       withdrawn       +++++++++++++ +++++++++++++ +++++++++++++ +++++++++++++ +++++++++++++ +++++++++++++
coordinator       in-error        +++++++++++++ +++++++++++++ +++++++++++++ +++++++++++++ +++++++++++++ +++++++++++++
team              nothing         +++++++++++xx +++++++++++xx +++++++++++xx +++++++++++xx +++++++++++xx +++++++++++xx
team              health-org      ----------rxx ----------rxx ----------rxx +++++++++++xx ----------rxx ----------rxx
team              health-parent   ----------rxx ----------rxx ----------rxx +++++++++++xx ----------rxx ----------rxx
team              health-employer ----------rxx ----------rxx ----------rxx +++++++++++xx ----------rxx ----------rxx
team              health-person   ----------rxx ----------rxx ----------rxx +++++++++++xx ----------rxx ----------rxx
team              health-others   +++++++++++xx +++++++++++xx +++++++++++xx +++++++++++xx +++++++++++xx +++++++++++xx
team              mental-org      +++++++++++xx +++++++++++xx ----------rxx +++++++++++xx +++++++++++xx +++++++++++xx
team              work-org        +++++++++++xx +++++++++++xx +++++++++++xx ----------rxx ----------rxx +++++++++++xx
team              two-rules       ----------rxx ----------rxx ----------rxx ----------rxx ----------rxx ----------rxx
team              of-another      +++++++++++xx +++++++++++xx +++++++++++xx +++++++++++xx +++++++++++xx +++++++++++xx
team              ended           +++++++++++xx +++++++++++xx +++++++++++xx +++++++++++xx +++++++++++xx +++++++++++xx
team              not-begun       +++++++++++xx +++++++++++xx +++++++++++xx +++++++++++xx +++++++++++xx +++++++++++xx
team              rule-ended      +++++++++++xx +++++++++++xx +++++++++++xx +++++++++++xx +++++++++++xx +++++++++++xx
team              withdrawn       +++++++++++xx +++++++++++xx +++++++++++xx +++++++++++xx +++++++++++xx +++++++++++xx
team              in-error        +++++++++++xx +++++++++++xx +++++++++++xx +++++++++++xx +++++++++++xx +++++++++++xx
informed          nothing         +++++++++++xx +++++++++++xx +++++++++++xx +++++++++++xx +++++++++++xx +++++++++++xx
informed          health-org      ----------rxx ----------rxx ----------rxx +++++++++++xx ----------rxx ----------rxx
informed          health-parent   ----------rxx ----------rxx ----------rxx +++++++++++xx ----------rxx ----------rxx
informed          health-employer ----------rxx ----------rxx ----------rxx +++++++++++xx ----------rxx ----------rxx
informed          health-person   ----------rxx ----------rxx ----------rxx +++++++++++xx ----------rxx ----------rxx
informed          mental-org      +++++++++++xx +++++++++++xx ----------rxx +++++++++++xx +++++++++++xx +++++++++++xx
informed          work-org        +++++++++++xx +++++++++++xx +++++++++++xx ----------rxx ----------rxx +++++++++++xx
informed          two-rules       ----------rxx ----------rxx ----------rxx ----------rxx ----------rxx ----------rxx
case-member       nothing         +++++++++++xx +++++++++++xx +++++++++++xx +++++++++++xx +++++++++++xx +++++++++++xx
case-member       health-org      ----------rxx ----------rxx ----------rxx +++++++++++xx ----------rxx ----------rxx
case-member       health-parent   ----------rxx ----------rxx ----------rxx +++++++++++xx ----------rxx ----------rxx
case-member       health-employer ----------rxx ----------rxx ----------rxx +++++++++++xx ----------rxx ----------rxx
case-member       health-person   ----------rxx ----------rxx ----------rxx +++++++++++xx ----------rxx ----------rxx
case-member       mental-org      +++++++++++xx +++++++++++xx ----------rxx +++++++++++xx +++++++++++xx +++++++++++xx
case-member       work-org        +++++++++++xx +++++++++++xx +++++++++++xx ----------rxx ----------rxx +++++++++++xx
case-member       two-rules       ----------rxx ----------rxx ----------rxx ----------rxx ----------rxx ----------rxx
owner             nothing         ++++++++++xxx ++++++++++xxx ++++++++++xxx ++++++++++xxx ++++++++++xxx ++++++++++xxx
owner             health-org      ----------rxx ----------rxx ----------rxx ++++++++++xxx ----------rxx ----------rxx
owner             health-parent   ----------rxx ----------rxx ----------rxx ++++++++++xxx ----------rxx ----------rxx
owner             health-employer ----------rxx ----------rxx ----------rxx ++++++++++xxx ----------rxx ----------rxx
owner             health-person   ----------rxx ----------rxx ----------rxx ++++++++++xxx ----------rxx ----------rxx
owner             mental-org      ++++++++++xxx ++++++++++xxx ----------rxx ++++++++++xxx ++++++++++xxx ++++++++++xxx
owner             work-org        ++++++++++xxx ++++++++++xxx ++++++++++xxx ----------rxx ----------rxx ++++++++++xxx
owner             two-rules       ----------rxx ----------rxx ----------rxx ----------rxx ----------rxx ----------rxx
leader            nothing         ++++++++++xxx ++++++++++xxx ++++++++++xxx ++++++++++xxx ++++++++++xxx ++++++++++xxx
leader            health-org      ----------xxx ----------xxx ----------xxx ++++++++++xxx ----------xxx ----------xxx
leader            health-parent   ----------xxx ----------xxx ----------xxx ++++++++++xxx ----------xxx ----------xxx
leader            health-employer ++++++++++xxx ++++++++++xxx ++++++++++xxx ++++++++++xxx ++++++++++xxx ++++++++++xxx
leader            health-person   ++++++++++xxx ++++++++++xxx ++++++++++xxx ++++++++++xxx ++++++++++xxx ++++++++++xxx
leader            mental-org      ++++++++++xxx ++++++++++xxx ----------xxx ++++++++++xxx ++++++++++xxx ++++++++++xxx
leader            work-org        ++++++++++xxx ++++++++++xxx ++++++++++xxx ----------xxx ----------xxx ++++++++++xxx
leader            two-rules       ++++++++++xxx ++++++++++xxx ++++++++++xxx ----------xxx ----------xxx ++++++++++xxx
system            nothing         +++++++++++++ +++++++++++++ +++++++++++++ +++++++++++++ +++++++++++++ +++++++++++++
system            health-org      ----------rc- ----------rc- ----------rc- +++++++++++++ ----------rc- ----------rc-
system            health-parent   ----------rc- ----------rc- ----------rc- +++++++++++++ ----------rc- ----------rc-
system            health-employer +++++++++++++ +++++++++++++ +++++++++++++ +++++++++++++ +++++++++++++ +++++++++++++
system            health-person   +++++++++++++ +++++++++++++ +++++++++++++ +++++++++++++ +++++++++++++ +++++++++++++
system            health-others   +++++++++++++ +++++++++++++ +++++++++++++ +++++++++++++ +++++++++++++ +++++++++++++
system            mental-org      +++++++++++++ +++++++++++++ ----------rc- +++++++++++++ +++++++++++++ +++++++++++++
system            work-org        +++++++++++++ +++++++++++++ +++++++++++++ ----------rc- ----------rc- +++++++++++++
system            two-rules       +++++++++++++ +++++++++++++ +++++++++++++ ----------rc- ----------rc- +++++++++++++
system            of-another      +++++++++++++ +++++++++++++ +++++++++++++ +++++++++++++ +++++++++++++ +++++++++++++
system            ended           +++++++++++++ +++++++++++++ +++++++++++++ +++++++++++++ +++++++++++++ +++++++++++++
system            not-begun       +++++++++++++ +++++++++++++ +++++++++++++ +++++++++++++ +++++++++++++ +++++++++++++
system            rule-ended      +++++++++++++ +++++++++++++ +++++++++++++ +++++++++++++ +++++++++++++ +++++++++++++
system            withdrawn       +++++++++++++ +++++++++++++ +++++++++++++ +++++++++++++ +++++++++++++ +++++++++++++
system            in-error        +++++++++++++ +++++++++++++ +++++++++++++ +++++++++++++ +++++++++++++ +++++++++++++
coordinating-unit nothing         +++++++++++++ +++++++++++++ +++++++++++++ +++++++++++++ +++++++++++++ +++++++++++++
coordinating-unit health-org      +++++++++++++ +++++++++++++ +++++++++++++ +++++++++++++ +++++++++++++ +++++++++++++
coordinating-unit health-person   +++++++++++++ +++++++++++++ +++++++++++++ +++++++++++++ +++++++++++++ +++++++++++++
coordinating-unit two-rules       +++++++++++++ +++++++++++++ +++++++++++++ +++++++++++++ +++++++++++++ +++++++++++++
coordinating-unit withdrawn       +++++++++++++ +++++++++++++ +++++++++++++ +++++++++++++ +++++++++++++ +++++++++++++
person            nothing         +++++++++++xx +++++++++++xx +++++++++++xx +++++++++++xx +++++++++++xx ----------rxx
person            health-org      +++++++++++xx +++++++++++xx +++++++++++xx +++++++++++xx +++++++++++xx ----------rxx
person            health-person   +++++++++++xx +++++++++++xx +++++++++++xx +++++++++++xx +++++++++++xx ----------rxx
person            two-rules       +++++++++++xx +++++++++++xx +++++++++++xx +++++++++++xx +++++++++++xx ----------rxx
person            withdrawn       +++++++++++xx +++++++++++xx +++++++++++xx +++++++++++xx +++++++++++xx ----------rxx
kin               nothing         +++++++++++xx +++++++++++xx +++++++++++xx +++++++++++xx +++++++++++xx ----------rxx
kin               health-org      +++++++++++xx +++++++++++xx +++++++++++xx +++++++++++xx +++++++++++xx ----------rxx
kin               health-person   +++++++++++xx +++++++++++xx +++++++++++xx +++++++++++xx +++++++++++xx ----------rxx
kin               two-rules       +++++++++++xx +++++++++++xx +++++++++++xx +++++++++++xx +++++++++++xx ----------rxx
kin               withdrawn       +++++++++++xx +++++++++++xx +++++++++++xx +++++++++++xx +++++++++++xx ----------rxx
"""

GUARDED = ("none", "economy", "health", "economy+health", "work", "economy+third-party")
"""Of a Goal."""

# A guardian in everything, in matters of economy, in matters of health: no denial binds them. Nobody sees what is told
# of third parties; the Tasks are of both kinds.
_GUARDIANS = """
#role             denied          none          economy       health        both          work          economy+third
guardian          nothing         +++++++++++xx +++++++++++xx +++++++++++xx +++++++++++xx +++++++++++xx ----------rxx
guardian          health-org      +++++++++++xx +++++++++++xx +++++++++++xx +++++++++++xx +++++++++++xx ----------rxx
guardian          health-person   +++++++++++xx +++++++++++xx +++++++++++xx +++++++++++xx +++++++++++xx ----------rxx
guardian          two-rules       +++++++++++xx +++++++++++xx +++++++++++xx +++++++++++xx +++++++++++xx ----------rxx
guardian-economy  nothing         ----------rxx +++++++++++xx ----------rxx ----------rxx ----------rxx ----------rxx
guardian-economy  health-org      ----------rxx +++++++++++xx ----------rxx ----------rxx ----------rxx ----------rxx
guardian-economy  health-person   ----------rxx +++++++++++xx ----------rxx ----------rxx ----------rxx ----------rxx
guardian-economy  two-rules       ----------rxx +++++++++++xx ----------rxx ----------rxx ----------rxx ----------rxx
guardian-health   nothing         +++++++++++xx ----------rxx +++++++++++xx ----------rxx +++++++++++xx ----------rxx
guardian-health   health-org      +++++++++++xx ----------rxx +++++++++++xx ----------rxx +++++++++++xx ----------rxx
guardian-health   health-person   +++++++++++xx ----------rxx +++++++++++xx ----------rxx +++++++++++xx ----------rxx
guardian-health   two-rules       +++++++++++xx ----------rxx +++++++++++xx ----------rxx +++++++++++xx ----------rxx
"""

# To a Goal labelled work, of a person without consent. What is over ended in 2024, what is to come begins in 2099. A
# Task that is done stays its owner's, who is told by it what it was about, and sees that no more.
_RELATIONS = """
#role             relation          the Goal
coordinator       appointed         +++++++++++++
coordinator       by-name           +++++++++++++
coordinator       over              ----------r--
coordinator       to-come           ----------r--
coordinator       member-only       ----------r--
coordinator       team-over         ----------r--
coordinator       role-over         ----------r--
coordinator       role-inactive     ----------r--
coordinator       other-office      ----------r--
team              member            +++++++++++xx
team              by-name           +++++++++++xx
team              by-office         +++++++++++xx
team              coordinator       +++++++++++xx
team              over              ----------rxx
team              to-come           ----------rxx
team              team-over         ----------rxx
team              role-over         ----------rxx
team              role-inactive     ----------rxx
team              role-to-come      ----------rxx
team              other-office      ----------rxx
team              by-parent         ----------rxx
team              by-office-unknown ----------rxx
team              by-care-team      ----------rxx
informed          member            +++++++++++xx
informed          over              ----------rxx
case-member       invited           +++++++++++xx
case-member       by-name           +++++++++++xx
case-member       cancelled         ----------rxx
case-member       noshow            ----------rxx
case-member       in-error          ----------rxx
case-member       handled           ----------rxx
case-member       of-no-case        ----------rxx
case-member       on-the-team       ----------rxx
case-member       other-office      ----------rxx
case-member       role-over         ----------rxx
leader            open              ++++++++++xxx
leader            done              ---------+xxx
leader            other-office      ----------xxx
leader            by-parent         ----------xxx
owner             open              ++++++++++xxx
owner             by-name           ++++++++++xxx
owner             done              ---------+rxx
owner             role-over         ----------rxx
owner             by-office         ----------rxx
person            themselves        +++++++++++xx
person            somebody-else     ----------rxx
person            child             ----------rxx
person            grown-up          +++++++++++xx
kin               on-the-team       +++++++++++xx
kin               not-on-the-team   ----------rxx
kin               relation-over     ----------rxx
kin               relation-to-come  ----------rxx
kin               inactive          ----------rxx
kin               over              ----------rxx
kin               to-come           ----------rxx
kin               team-over         ----------rxx
kin               on-another-team   ----------rxx
guardian          guardian          +++++++++++xx
guardian          relation-over     ----------rxx
guardian          relation-to-come  ----------rxx
guardian          inactive          ----------rxx
guardian-economy  relation-over     ----------rxx
guardian-health   guardian          +++++++++++xx
guardian-health   relation-over     ----------rxx
"""

READERS_OF = ("crisis-plan", "crisis-plan health", "week-plan", "Goal", "Patient", "Consent")

# Who reads in an emergency, in the team scope, on nobody's team. Nobody but the coordinator, the person and the unit
# see the Consent. `create` is a Communication about the resource, of no person.
_EMERGENCIES = """
#caller     permit             crisis   health   week     Goal     Patient  Consent
emergency   organisation       +--++xxx +--++xxx -----rxx -----rxx -----rxx -----rxx
emergency   parent             +--++xxx +--++xxx -----rxx -----rxx -----rxx -----rxx
emergency   practitioner       +--++xxx +--++xxx -----rxx -----rxx -----rxx -----rxx
emergency   another-employer   -----rxx -----rxx -----rxx -----rxx -----rxx -----rxx
emergency   part               -----rxx -----rxx -----rxx -----rxx -----rxx -----rxx
emergency   others             -----rxx -----rxx -----rxx -----rxx -----rxx -----rxx
emergency   ended              -----rxx -----rxx -----rxx -----rxx -----rxx -----rxx
emergency   not-begun          -----rxx -----rxx -----rxx -----rxx -----rxx -----rxx
emergency   rule-ended         -----rxx -----rxx -----rxx -----rxx -----rxx -----rxx
emergency   withdrawn          -----rxx -----rxx -----rxx -----rxx -----rxx -----rxx
emergency   in-error           -----rxx -----rxx -----rxx -----rxx -----rxx -----rxx
emergency   of-another         -----rxx -----rxx -----rxx -----rxx -----rxx -----rxx
emergency   health-denied      +--++xxx -----rxx -----rxx -----rxx -----rxx -----rxx
emergency   role-over          -----rxx -----rxx -----rxx -----rxx -----rxx -----rxx
"""

TOLD = ("ServiceRequest", "ServiceRequest health", "feedback", "feedback work", "feedback mental-health")

# What the sender of a referral hears, by what is denied the sender's organisation.
_REFERRERS = """
#caller   denied          ServiceRequest  health    feedback  work      mental-health
referrer  nothing         +++++xxx        +++++xxx  +++++xxx  +++++xxx  +++++xxx
referrer  health-org      -----xxx        -----xxx  -----xxx  +++++xxx  -----xxx
referrer  health-parent   -----xxx        -----xxx  -----xxx  +++++xxx  -----xxx
referrer  health-others   +++++xxx        +++++xxx  +++++xxx  +++++xxx  +++++xxx
referrer  mental-org      +++++xxx        +++++xxx  +++++xxx  +++++xxx  -----xxx
referrer  work-org        +++++xxx        +++++xxx  +++++xxx  -----xxx  +++++xxx
referrer  ended           +++++xxx        +++++xxx  +++++xxx  +++++xxx  +++++xxx
referrer  withdrawn       +++++xxx        +++++xxx  +++++xxx  +++++xxx  +++++xxx
"""

CONSENTS, GUARDIANS = _lines(_CONSENTS), _lines(_GUARDIANS)
RELATIONS, EMERGENCIES, REFERRERS = _lines(_RELATIONS), _lines(_EMERGENCIES), _lines(_REFERRERS)
