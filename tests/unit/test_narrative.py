"""A narrative is text: nothing in it acts, and nothing in it reaches out."""

import pytest

from oppfolging_api.fhir.narrative import narrative_fault
from oppfolging_api.fhir.validation import walked


def div(content: str) -> str:
    return f'<div xmlns="http://www.w3.org/1999/xhtml">{content}</div>'


NO_DIV = "txt-1: a div in the namespace http://www.w3.org/1999/xhtml is expected"
BOMB = '<!DOCTYPE d [<!ENTITY a "x"><!ENTITY b "&a;&a;&a;">]>' + div("&b;")


@pytest.mark.parametrize(
    "content",
    [
        "Ola",
        "<p>Ola &amp; Kari&nbsp;&aring;&lt;&#229;</p>",
        '<table class="grid"><thead><tr><th colspan="2">A</th></tr></thead><tbody><tr><td>1</td></tr></tbody></table>',
        '<a href="https://example.org/a?b=c:d">x</a><a name="b">y</a><a href="#b">z</a>',
        '<a href="mailto:a@example.org">m</a><a href="tel:+4755555555">t</a>',
        '<a href="Patient/1">x</a><a href="/a:b">x</a>',
        '<span style="color: red; text-align: center">x</span>',
        '<img src="data:image/png;base64,iVBORw0KGgo=" alt="x"/>',
        '<img src="#chart"/>',
        '<p lang="nb" xml:lang="nb">x</p><!-- a comment -->',
        "<![CDATA[<script>]]>",
    ],
)
def test_text_is_allowed(content: str) -> None:
    assert narrative_fault(div(content)) is None


def test_a_prefix_may_name_the_namespace() -> None:
    assert narrative_fault('<x:div xmlns:x="http://www.w3.org/1999/xhtml"><x:p>a</x:p></x:div>') is None


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ("<script>alert(1)</script>", "the element script is not allowed"),
        ("<SCRIPT>alert(1)</SCRIPT>", "the element SCRIPT is not allowed"),
        ('<iframe src="https://example.org"/>', "the element iframe is not allowed"),
        ('<form action="https://example.org"><input/></form>', "the element form is not allowed"),
        ('<object data="x"/>', "the element object is not allowed"),
        ("<embed/>", "the element embed is not allowed"),
        ('<link rel="stylesheet" href="x"/>', "the element link is not allowed"),
        ("<style>p {}</style>", "the element style is not allowed"),
        ('<base href="x"/>', "the element base is not allowed"),
        ("<head/>", "the element head is not allowed"),
        ('<svg xmlns="http://www.w3.org/2000/svg"/>', "the element is not allowed"),
        ('<p onclick="alert(1)">x</p>', "the attribute onclick is not allowed"),
        ('<img src="#x" ONERROR="alert(1)"/>', "the attribute ONERROR is not allowed"),
        ('<p xmlns:l="http://www.w3.org/1999/xlink" l:href="#x">x</p>', "the attribute is not allowed"),
        ('<a href="javascript:alert(1)">x</a>', "a link that is not allowed"),
        ('<a href=" JavaScript:alert(1)">x</a>', "a link that is not allowed"),
        ('<a href="java&#10;script:alert(1)">x</a>', "a link that is not allowed"),
        ('<a href="java&Tab;script:alert(1)">x</a>', "not well-formed XHTML, line 1 column 43"),
        ('<a href="vbscript:x">x</a>', "a link that is not allowed"),
        ('<a href="data:text/html;base64,PHNjcmlwdD4=">x</a>', "a link that is not allowed"),
        ('<a href="data:image/png;base64,iVBORw0KGgo=">x</a>', "a link that is not allowed"),
        ('<img src="data:image/svg+xml;base64,PHN2Zz4="/>', "a link that is not allowed"),
        ('<blockquote cite="javascript:alert(1)">x</blockquote>', "a link that is not allowed"),
        ('<p style="background: url(https://example.org/x)">x</p>', "a style with active content"),
        ('<p style="width: expression(alert(1))">x</p>', "a style with active content"),
        ('<p style="width: e\\78pression(alert(1))">x</p>', "a style with active content"),
        ("<?php echo 1 ?>", "a processing instruction is not allowed"),
        ("<p>x", "not well-formed XHTML, line 1 column 49"),
        ("&unheard;", "not well-formed XHTML, line 1 column 43"),
    ],
)
def test_what_acts_is_refused(content: str, fault: str) -> None:
    assert narrative_fault(div(content)) == f"txt-1: {fault}"


@pytest.mark.parametrize(
    ("whole", "fault"),
    [
        ("Ola", "txt-1: not well-formed XHTML, line 1 column 1"),
        ("<div>Ola</div>", NO_DIV),
        ('<p xmlns="http://www.w3.org/1999/xhtml">x</p>', NO_DIV),
        ("<?xml version='1.0'?>" + div("x"), "txt-1: an XML declaration is not allowed"),
        ("<!DOCTYPE html>" + div("x"), "txt-1: a DOCTYPE is not allowed"),
        (BOMB, "txt-1: a DOCTYPE is not allowed"),
        (div("x") + div("y"), "txt-1: not well-formed XHTML, line 1 column 50"),
        (div("x") + "<script/>", "txt-1: not well-formed XHTML, line 1 column 50"),
    ],
)  # fmt: skip
def test_the_whole_is_one_div(whole: str, fault: str) -> None:
    assert narrative_fault(whole) == fault


@pytest.mark.parametrize("content", ["", "  \n", "<p> </p>", "&nbsp;", "<br/>", "<!-- x -->"])
def test_a_blank_narrative_is_refused(content: str) -> None:
    assert narrative_fault(div(content)) == "txt-2: the narrative is blank"


def test_a_fault_names_no_content() -> None:
    assert narrative_fault(div("<Kari-Nordmann-01010112345/>")) == "txt-1: the element is not allowed"


@pytest.mark.parametrize("content", ["<script/>", ""])
def test_the_place_is_told(content: str) -> None:
    resource = {"resourceType": "Patient", "text": {"status": "generated", "div": div(content)}}
    assert [(issue.code, issue.expression) for issue in walked(resource, "Patient")] == [
        ("invariant", "Patient.text.div")
    ]


def test_narratives_of_contained_resources_and_sections_are_held_to_the_same() -> None:
    text = {"status": "generated", "div": div("<script/>")}
    resource = {
        "resourceType": "CarePlan",
        "status": "active",
        "intent": "plan",
        "subject": {"reference": "#p"},
        "supportingInfo": [{"reference": "#m"}],
        "contained": [
            {"resourceType": "Patient", "id": "p", "text": text},
            {"resourceType": "Medication", "id": "m", "text": text},
        ],
    }
    assert [(issue.code, issue.expression) for issue in walked(resource, "CarePlan")] == [
        ("invariant", "CarePlan.contained[0].text.div"),
        ("invariant", "CarePlan.contained[1].text.div"),
    ]
