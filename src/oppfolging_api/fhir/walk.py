"""The strict walk through a resource, driven by the definitions: https://hl7.org/fhir/R4/json.html

Everything is looked at, however much is wrong, until 50 issues are found.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from oppfolging_api.fhir.definitions import Codes, Element, Structure, definitions
from oppfolging_api.fhir.exact_json import MAX_ISSUES, child
from oppfolging_api.fhir.invariants import INVARIANTS_OF
from oppfolging_api.fhir.narrative import narrative_fault
from oppfolging_api.fhir.predicates import inner, objects, referred_type, text
from oppfolging_api.fhir.references import named_type
from oppfolging_api.kernel.errors import Issue

MAX_CODES_TOLD: Final = 15
A_REFERENCE: Final = "expected Type/id, an absolute URL, urn:uuid:, urn:oid: or the #id of a contained resource"
TYPE_BASE: Final = "http://hl7.org/fhir/StructureDefinition/"

Object = Mapping[str, Any]


class Walk:
    """One walk through one resource; `issues` is what it found.

    `root` is throughout the resource that `#id` points into: the outermost, or that of a Bundle's entry.
    """

    def __init__(self, *, conditional_references: bool) -> None:
        self.issues: list[Issue] = []
        self._conditional = conditional_references
        self._definitions = definitions()

    def report(self, code: str, diagnostics: str, expression: str) -> None:
        if len(self.issues) < MAX_ISSUES:
            self.issues.append(Issue(code, diagnostics, expression))

    def resource(self, value: object, path: str) -> None:
        structure = self._structure_of_resource(value, path)
        if structure is None or not isinstance(value, dict):
            return
        self._members(value, structure, path, value)
        if isinstance(value.get("contained"), list):
            self._contained_are_linked(value, path)

    def _structure_of_resource(self, value: object, path: str) -> Structure | None:
        """A type without definitions here is held to those of DomainResource, and else only to JSON's."""
        if not isinstance(value, dict):
            self.report("structure", "a resource is expected", path)
            return None
        kind = value.get("resourceType")
        if not isinstance(kind, str) or kind not in self._definitions.resources:
            self.report("structure", "resourceType must name a resource type of R4", f"{path}.resourceType")
            return None
        structures = self._definitions.structures
        return structures.get(kind, structures["DomainResource"])

    def _members(self, value: Object, structure: Structure, path: str, root: Object) -> None:
        variants: list[tuple[str, str]] = []
        for name, content in value.items():
            element = structure.elements.get(name)
            if element is None:
                element = self._unlisted(value, name, structure, path, root)
            elif element.many:
                self._array(value, name, element, f"{path}.{element.label}", root)
            else:
                self._item(content, element, f"{path}.{element.label}", root)
            if element is not None and element.is_choice:
                variants.append((element.label, name.removeprefix("_")))
        if len(variants) > 1:
            self._one_variant(variants, path)
        for label, names in structure.required.items():
            if value.keys().isdisjoint(names):
                self.report("required", f"{label} is required", f"{path}.{label}")
        self._invariants(structure.name, value, path, root)

    def _one_variant(self, variants: Sequence[tuple[str, str]], path: str) -> None:
        labels = [label for label, _ in sorted(set(variants))]
        for label in sorted({label for label in labels if labels.count(label) > 1}):
            self.report("structure", f"only one type of {label}[x] may be given", f"{path}.{label}")

    def _unlisted(self, value: Object, name: str, structure: Structure, path: str, root: Object) -> Element | None:
        """What is no element by this name: an element's extensions, or nothing that may be there."""
        element = structure.elements.get(name[1:]) if name.startswith("_") else None
        if element is not None and element.extensible:
            self._extensions(value, name, element, f"{path}.{element.label}", root)
            return element
        if structure.name == "DomainResource":
            self._plain(value[name], child(path, name))
        elif name != "resourceType" or structure.name not in self._definitions.resources:
            self.report("structure", "unknown element", child(path, name))
        return None

    def _array(self, owner: Object, name: str, element: Element, path: str, root: Object) -> None:
        content = owner[name]
        if not isinstance(content, list):
            self.report("structure", "an array is expected", path)
            return
        if not content:
            self.report("structure", "an array must not be empty", path)
        extensions = owner.get(f"_{name}") if element.check else None
        for index, item in enumerate(content):
            if item is not None or not _at(extensions, index):
                self._item(item, element, f"{path}[{index}]", root)

    def _item(self, value: object, element: Element, path: str, root: Object) -> None:
        if element.check is not None:
            self._primitive(value, element, path)
        elif element.type == "Resource":
            self._inner_resource(value, element, path, root)
        elif element.type == "xhtml":
            fault = narrative_fault(value) if isinstance(value, str) else "txt-1: a string is expected"
            if fault:
                self.report("invariant", fault, path)
        else:
            self._complex(value, element, path, root)

    def _primitive(self, value: object, element: Element, path: str) -> None:
        expected = element.check(value) if element.check else None
        if expected is not None:
            is_value = not isinstance(value, list | dict) and value is not None
            self.report("value" if is_value else "structure", f"expected {expected}", path)
        elif element.codes is not None and value not in element.codes.all:
            self.report("code-invalid", _expected(element.codes), path)

    def _complex(self, value: object, element: Element, path: str, root: Object) -> None:
        if not isinstance(value, dict):
            self.report("structure", "an object is expected", path)
            return
        if not value:
            self.report("structure", "an object must not be empty", path)
            return
        if value.keys() == {"id"}:
            self.report("invariant", "ele-1: more than an id", path)
        structure = self._definitions.structures[element.type]
        self._members(value, structure, path, root)
        if element.path != structure.name:
            self._invariants(element.path, value, path, root)
        if element.codes is not None:
            self._coded(value, structure.name, element.codes, path)
        if structure.name == "Reference":
            self._reference(value, element.targets, path, root)

    def _invariants(self, context: str, value: Object, path: str, root: Object) -> None:
        for invariant in INVARIANTS_OF.get(context, ()):
            if not invariant.holds(value, root):
                self.report("invariant", f"{invariant.key}: {invariant.text}", path)

    def _coded(self, value: Object, type_: str, codes: Codes, path: str) -> None:
        """A required binding is met by one coding; a concept of extensions alone says why there is none."""
        codings = [value] if type_ == "Coding" else list(objects(value, "coding"))
        if not codings and "text" not in value:
            return
        if not any(text(item, "code") in codes.by_system.get(text(item, "system"), ()) for item in codings):
            self.report("code-invalid", _expected(codes), path)

    def _extensions(self, owner: Object, name: str, element: Element, path: str, root: Object) -> None:
        """`_name` beside `name`: https://hl7.org/fhir/R4/json.html#primitive"""
        content, values = owner[name], owner.get(name[1:])
        if not element.many:
            self._extension(content, values is not None, path, root)
        elif not isinstance(content, list) or not content:
            self.report("structure", "an array that is not empty is expected", path)
        elif isinstance(values, list) and len(values) != len(content):
            self.report("structure", "values and extensions must be arrays of the same length", path)
        else:
            for index, item in enumerate(content):
                if item is not None or not _at(values, index):
                    self._extension(item, _at(values, index), f"{path}[{index}]", root)

    def _extension(self, content: object, has_value: bool, path: str, root: Object) -> None:
        if not isinstance(content, dict) or not content:
            self.report("structure", "an object that is not empty is expected", path)
            return
        if not has_value and "extension" not in content:
            self.report("invariant", "ele-1: a value or an extension", path)
        self._members(content, self._definitions.structures["Element"], path, root)

    def _plain(self, content: object, path: str) -> None:
        """JSON of a type without definitions here."""
        if content in ({}, [], ""):
            self.report("structure", "empty objects, arrays and strings are not allowed", path)
        elif isinstance(content, dict):
            for name, item in content.items():
                self._plain(item, child(path, name))
        elif isinstance(content, list):
            for index, item in enumerate(content):
                self._plain(item, f"{path}[{index}]")

    def _inner_resource(self, value: object, element: Element, path: str, root: Object) -> None:
        if element.label != "contained":
            self.resource(value, path)
            return
        structure = self._structure_of_resource(value, path)
        if structure is None or not isinstance(value, dict):
            return
        if "contained" in value:
            self.report("invariant", "dom-2: a contained resource contains no others", f"{path}.contained")
        for key, name in (("dom-4", "versionId"), ("dom-4", "lastUpdated"), ("dom-5", "security")):
            if name in inner(value, "meta"):
                self.report("invariant", f"{key}: not in a contained resource", f"{path}.meta.{name}")
        members = {name: content for name, content in value.items() if name != "contained"}
        self._members(members, structure, path, root)

    def _contained_are_linked(self, root: Object, path: str) -> None:
        """dom-3, and that each `#id` means one resource."""
        links = set(_links(root))
        seen: set[str] = set()
        for index, contained in enumerate(root["contained"]):
            if isinstance(contained, dict):
                id = text(contained, "id")
                if id in seen:
                    self.report("duplicate", "contained ids must differ", f"{path}.contained[{index}].id")
                if f"#{id}" not in links and "#" not in _links(contained):
                    place = f"{path}.contained[{index}]"
                    self.report("invariant", "dom-3: nothing refers to this contained resource", place)
                seen.add(id)

    def _reference(self, value: Object, targets: frozenset[str] | None, path: str, root: Object) -> None:
        declared = text(value, "type").removeprefix(TYPE_BASE)
        found = self._type_of(value, path, root) or declared
        if found and declared and found != declared:
            self.report("value", "type is not that of the reference", f"{path}.type")
        if targets is not None and found in self._definitions.resources and found not in targets:
            place = f"{path}.reference" if "reference" in value else f"{path}.type"
            self.report("value", f"expected a reference to {_listed(targets)}", place)

    def _type_of(self, reference: Object, path: str, root: Object) -> str:
        """The type in Reference.reference, or "". Reports what is no reference or leads nowhere."""
        link = text(reference, "reference")
        if link == "#":
            return text(root, "resourceType")
        if link.startswith("#"):
            found = referred_type(reference, root)
            if not found:
                self.report("invariant", "ref-1: no contained resource has this id", f"{path}.reference")
            return found
        named = named_type(link, conditional=self._conditional) if link else ""
        if named is None:
            self.report("value", A_REFERENCE, f"{path}.reference")
        return named or ""


def _at(values: object, index: int) -> bool:
    return isinstance(values, list) and index < len(values) and values[index] is not None


def _expected(codes: Codes) -> str:
    if len(codes.all) > MAX_CODES_TOLD:
        return f"expected a code of the value set {codes.name}"
    return f"expected one of {_listed(codes.all)}"


def _listed(names: frozenset[str]) -> str:
    return ", ".join(sorted(names))


def _links(value: object) -> Iterator[str]:
    """All texts that begin as a reference to a contained resource does."""
    if isinstance(value, str):
        if value.startswith("#"):
            yield value
    elif isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _links(item)
