"""What a token's SMART scopes leave of what its roles may do, and which changes are whose to make, as data.

The letters are those of consent_matrix.py.
"""

from consent_matrix import Line

SCOPED = ("Goal of diet", "Goal of safety", "Task", "own Goal")
POWERS = ("read", "vread", "history", "search", "create", "update", "delete")

# A token of coordinator and of person in one: a Goal of either category and a Task of the person who is coordinated,
# and a Goal of diet of their own. A scope knows a category by what the resource says now, so it gives no versions; and
# who may not read a Patient points at none.
_SCOPES = """
none                                        +++++++ +++++++ +++++++ ++++xxx
user/*.cruds                                +++++++ +++++++ +++++++ ++++xxx
patient/*.cruds                             ----xxx ----xxx ----xxx ++++xxx
system/*.cruds                              ----xxx ----xxx ----xxx ----xxx
user/Goal.rs                                ++++xxx ++++xxx xxxxxxx ++++xxx
user/Goal.r                                 +++xxxx +++xxxx xxxxxxx +++xxxx
user/Goal.s                                 xxx+xxx xxx+xxx xxxxxxx xxx+xxx
user/Goal.cruds                             ++++r++ ++++r++ xxxxxxx ++++rxx
user/Goal.rus                               ++++x+x ++++x+x xxxxxxx ++++xxx
user/Goal.cruds,user/Patient.r              +++++++ +++++++ xxxxxxx ++++xxx
patient/Goal.rs,user/Task.rs                ----xxx ----xxx ++++xxx ++++xxx
user/Goal.cruds?category=diet,user/Patient.r +xx++++ -xx-x-- xxxxxxx +xx+xxx
user/Goal.cruds?category=none,user/Patient.r -xx-x-- -xx-x-- xxxxxxx -xx-x--
user/Goal.cruds?nothing=diet                xxxxxxx xxxxxxx xxxxxxx xxxxxxx
user/Goal.read                              xxxxxxx xxxxxxx xxxxxxx xxxxxxx
"""
SCOPES = tuple(
    Line("coordinator", scopes, tuple(letters)) for scopes, *letters in map(str.split, _SCOPES.strip().splitlines())
)

CHANGES = (
    "number of the person",
    "number of a relative",
    "guardian made",
    "guardian prolonged",
    "authority widened",
    "denial lifted",
    "denial narrowed",
    "denial nobody understands",
)
# One letter a change.
_CHANGED = """
coordinating-unit  +++++++r
system             +++++++r
coordinator        xxxxxxxr
team               xxxxxxxx
person             xxxxx++r
guardian           xxxxx++r
kin                xxxxxxxx
"""
CHANGED = tuple(Line(role, "", (letters,)) for role, letters in map(str.split, _CHANGED.strip().splitlines()))
