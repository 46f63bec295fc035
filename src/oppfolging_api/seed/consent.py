"""What the person, or who speaks for the person, has agreed to (CONTRACT section 4)."""

from oppfolging_api.kernel import systems
from oppfolging_api.kernel.vocabulary import CONSENT_KIND, INFORMATION_KIND, ConsentKind, InformationKind
from oppfolging_api.seed.setting import Resource, Story, coded, ref, resource


def consent(
    story: Story, kind: ConsentKind, given: int, by: str | None = None, rules: tuple[Resource, ...] = ()
) -> Resource:
    """`by` is who gave it where that is not the person."""
    return resource(
        "Consent",
        f"{story.person}-consent-{kind}",
        status="active",
        scope=coded(systems.CONSENT_SCOPE, "patient-privacy"),
        category=[story.concept(CONSENT_KIND, kind)],
        patient=story.subject,
        dateTime=story.at(given),
        performer=[ref(by or story.patient)],
        policyRule=coded(systems.V3_ACT, "OPTIN"),
        provision={"period": story.period(given)} | ({"provision": list(rules)} if rules else {}),
    )


def denial(story: Story, who: str, *kinds: InformationKind) -> Resource:
    """Withhold kinds of information from an Organization or a Practitioner."""
    return _rule(story, "deny", who, kinds)


def reader(story: Story, who: str) -> Resource:
    """Name someone who may read the crisis plan in an emergency."""
    return _rule(story, "permit", who, (InformationKind.HEALTH,))


def _rule(story: Story, type: str, who: str, kinds: tuple[InformationKind, ...]) -> Resource:
    system = story.canonical.code_system(INFORMATION_KIND)
    return {
        "type": type,
        "actor": [{"role": coded(systems.V3_PARTICIPATION, "IRCP"), "reference": ref(who)}],
        "securityLabel": [{"system": system, "code": kind.value} for kind in kinds],
    }
