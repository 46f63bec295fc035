"""What the CapabilityStatement names, as data: read beside https://hl7.org/fhir/R4/searchparameter-registry.html"""

SEARCH = {
    "Appointment": {
        "date": "date",
        "reference": "actor based-on location patient practitioner reason-reference slot supporting-info",
        "token": ("appointment-type identifier part-status reason-code service-category service-type specialty status"),
    },
    "AppointmentResponse": {
        "reference": "actor appointment location patient practitioner",
        "token": "identifier part-status",
    },
    "AuditEvent": {
        "date": "date",
        "reference": "agent entity patient",
        "token": "action outcome subtype type",
    },
    "CarePlan": {
        "date": "activity-date date",
        "reference": (
            "activity-reference based-on care-team condition encounter goal instantiates-canonical part-of patient "
            "performer replaces subject"
        ),
        "token": "activity-code category identifier intent status",
        "uri": "instantiates-uri",
    },
    "CareTeam": {
        "date": "date",
        "reference": "encounter participant patient subject",
        "string": "name",
        "token": "category identifier role status",
    },
    "CodeSystem": {
        "composite": "context-type-quantity context-type-value",
        "date": "date",
        "quantity": "context-quantity",
        "reference": "supplements",
        "string": "description name publisher title",
        "token": "code content-mode context context-type identifier jurisdiction language status version",
        "uri": "system url",
    },
    "Communication": {
        "date": "received sent",
        "reference": "based-on encounter instantiates-canonical part-of patient recipient sender subject",
        "token": "category identifier medium status",
        "uri": "instantiates-uri",
    },
    "Composition": {
        "date": "date period",
        "reference": "attester author encounter entry patient related-ref subject",
        "string": "title",
        "token": "category confidentiality context identifier related-id section status type",
    },
    "Condition": {
        "date": "abatement-date onset-date recorded-date",
        "quantity": "abatement-age onset-age",
        "reference": "asserter encounter evidence-detail patient subject",
        "string": "abatement-string onset-info",
        "token": "body-site category clinical-status code evidence identifier severity stage verification-status",
    },
    "Consent": {
        "date": "date period",
        "reference": "actor consentor data organization patient rule-actor source-reference",
        "token": "action category identifier purpose rule-kind scope security-label status",
    },
    "DocumentReference": {
        "composite": "relationship",
        "date": "date period",
        "reference": "authenticator author custodian encounter patient related relatesto subject",
        "string": "description",
        "token": (
            "category contenttype event facility format identifier language relation security-label setting status type"
        ),
        "uri": "location",
    },
    "Goal": {
        "date": "start-date target-date",
        "reference": "patient subject",
        "token": "achievement-status category identifier lifecycle-status",
    },
    "HealthcareService": {
        "reference": "coverage-area endpoint location organization",
        "string": "name",
        "token": "active characteristic identifier program service-category service-type specialty",
    },
    "Location": {
        "reference": "endpoint organization partof",
        "string": "address address-city address-country address-postalcode address-state name",
        "token": "address-use identifier operational-status status type",
    },
    "Observation": {
        "composite": (
            "code-value-concept code-value-date code-value-quantity code-value-string combo-code-value-concept "
            "combo-code-value-quantity component-code-value-concept component-code-value-quantity"
        ),
        "date": "date value-date",
        "quantity": "combo-value-quantity component-value-quantity value-quantity",
        "reference": (
            "based-on derived-from device encounter focus has-member part-of patient performer specimen subject"
        ),
        "string": "value-string",
        "token": (
            "category code combo-code combo-data-absent-reason combo-value-concept component-code "
            "component-data-absent-reason component-value-concept data-absent-reason identifier method status "
            "value-concept"
        ),
    },
    "OperationDefinition": {
        "composite": "context-type-quantity context-type-value",
        "date": "date",
        "quantity": "context-quantity",
        "reference": "base input-profile output-profile",
        "string": "description name publisher title",
        "token": "code context context-type instance jurisdiction kind status system type version",
        "uri": "url",
    },
    "Organization": {
        "reference": "endpoint partof",
        "string": "address address-city address-country address-postalcode address-state name",
        "token": "active address-use identifier type",
    },
    "Patient": {
        "date": "birthdate death-date",
        "reference": "general-practitioner link organization",
        "string": "address address-city address-country address-postalcode address-state family given name",
        "token": "active address-use deceased email gender identifier language phone telecom",
    },
    "Practitioner": {
        "string": "address address-city address-country address-postalcode address-state family given name",
        "token": "active address-use communication email gender identifier phone telecom",
    },
    "PractitionerRole": {
        "date": "date",
        "reference": "endpoint location organization practitioner service",
        "token": "active email identifier phone role specialty telecom",
    },
    "Provenance": {
        "date": "recorded when",
        "reference": "agent entity location patient target",
        "token": "agent-role agent-type signature-type",
    },
    "Questionnaire": {
        "composite": "context-type-quantity context-type-value",
        "date": "date effective",
        "quantity": "context-quantity",
        "string": "description name publisher title",
        "token": "code context context-type identifier jurisdiction status subject-type version",
        "uri": "definition url",
    },
    "QuestionnaireResponse": {
        "date": "authored",
        "reference": "author based-on encounter part-of patient questionnaire source subject",
        "token": "conversation identifier status",
    },
    "RelatedPerson": {
        "date": "birthdate",
        "reference": "patient",
        "string": "address address-city address-country address-postalcode address-state name",
        "token": "active address-use email gender identifier phone relationship telecom",
    },
    "SearchParameter": {
        "composite": "context-type-quantity context-type-value",
        "date": "date",
        "quantity": "context-quantity",
        "reference": "component derived-from",
        "string": "description name publisher",
        "token": "base code context context-type jurisdiction status target type version",
        "uri": "url",
    },
    "ServiceRequest": {
        "date": "authored occurrence",
        "reference": (
            "based-on encounter instantiates-canonical patient performer replaces requester specimen subject"
        ),
        "token": ("body-site category code identifier intent order-detail performer-type priority requisition status"),
        "uri": "instantiates-uri",
    },
    "StructureDefinition": {
        "composite": "context-type-quantity context-type-value",
        "date": "date",
        "quantity": "context-quantity",
        "reference": "base valueset",
        "string": "description name publisher title",
        "token": (
            "abstract base-path context context-type derivation experimental ext-context identifier jurisdiction "
            "keyword kind path status version"
        ),
        "uri": "type url",
    },
    "Task": {
        "date": "authored-on due modified period",
        "reference": "based-on encounter focus owner part-of patient requester subject",
        "token": "business-status code group-identifier identifier intent performer priority status",
    },
    "ValueSet": {
        "composite": "context-type-quantity context-type-value",
        "date": "date",
        "quantity": "context-quantity",
        "string": "description name publisher title",
        "token": "code context context-type identifier jurisdiction status version",
        "uri": "expansion reference url",
    },
}
"""type -> kind -> the parameters declared for it, besides those every type has."""
INCLUDES = {
    "Appointment": "actor based-on location patient practitioner reason-reference supporting-info",
    "AppointmentResponse": "actor appointment location patient practitioner",
    "CarePlan": "activity-reference based-on care-team condition goal part-of patient performer replaces subject",
    "CareTeam": "participant patient subject",
    "CodeSystem": "",
    "Communication": "based-on part-of patient recipient sender subject",
    "Composition": "attester author entry patient related-ref subject",
    "Condition": "asserter evidence-detail patient subject",
    "Consent": "actor consentor data organization patient rule-actor source-reference",
    "DocumentReference": "authenticator author custodian patient related relatesto subject",
    "Goal": "patient subject",
    "HealthcareService": "coverage-area location organization",
    "Location": "organization partof",
    "Observation": "based-on derived-from focus has-member patient performer subject",
    "OperationDefinition": "",
    "Organization": "partof",
    "Patient": "general-practitioner link organization",
    "Practitioner": "",
    "PractitionerRole": "location organization practitioner service",
    "Provenance": "agent entity location patient target",
    "Questionnaire": "",
    "QuestionnaireResponse": "author based-on part-of patient source subject",
    "RelatedPerson": "patient",
    "SearchParameter": "",
    "ServiceRequest": "based-on patient performer replaces requester subject",
    "StructureDefinition": "",
    "Task": "based-on focus owner part-of patient requester subject",
    "ValueSet": "",
}
"""type -> the references that can be included."""
POINT_AT = {
    "CareTeam": (
        "Appointment:supporting-info CarePlan:care-team CarePlan:performer CareTeam:participant "
        "Communication:based-on Communication:part-of Communication:recipient Composition:entry Composition:subject "
        "Condition:evidence-detail Consent:actor Consent:data Consent:rule-actor DocumentReference:related "
        "Observation:focus Observation:performer Provenance:entity Provenance:target QuestionnaireResponse:subject "
        "ServiceRequest:performer Task:based-on Task:focus Task:owner Task:subject"
    ),
    "Goal": (
        "Appointment:supporting-info CarePlan:goal Communication:based-on Communication:part-of Composition:entry "
        "Composition:subject Condition:evidence-detail Consent:data DocumentReference:related Observation:focus "
        "Provenance:entity Provenance:target QuestionnaireResponse:subject Task:based-on Task:focus Task:subject"
    ),
    "Location": (
        "Appointment:actor Appointment:location Appointment:supporting-info AppointmentResponse:actor "
        "AppointmentResponse:location Communication:based-on Communication:part-of Composition:entry "
        "Composition:subject Condition:evidence-detail Consent:data DocumentReference:related "
        "HealthcareService:coverage-area HealthcareService:location Location:partof Observation:focus "
        "Observation:subject PractitionerRole:location Provenance:entity Provenance:location Provenance:target "
        "QuestionnaireResponse:subject ServiceRequest:subject Task:based-on Task:focus Task:subject"
    ),
    "Practitioner": (
        "Appointment:actor Appointment:practitioner Appointment:supporting-info AppointmentResponse:actor "
        "AppointmentResponse:practitioner CarePlan:performer CareTeam:participant Communication:based-on "
        "Communication:part-of Communication:recipient Communication:sender Composition:attester Composition:author "
        "Composition:entry Composition:subject Condition:asserter Condition:evidence-detail Consent:actor "
        "Consent:consentor Consent:data Consent:rule-actor DocumentReference:authenticator DocumentReference:author "
        "DocumentReference:related DocumentReference:subject Observation:focus Observation:performer "
        "Patient:general-practitioner PractitionerRole:practitioner Provenance:agent Provenance:entity "
        "Provenance:target QuestionnaireResponse:author QuestionnaireResponse:source QuestionnaireResponse:subject "
        "ServiceRequest:performer ServiceRequest:requester Task:based-on Task:focus Task:owner Task:requester "
        "Task:subject"
    ),
    "Questionnaire": (
        "Appointment:supporting-info Communication:based-on Communication:part-of Composition:entry "
        "Composition:subject Condition:evidence-detail Consent:data DocumentReference:related Observation:focus "
        "Provenance:entity Provenance:target QuestionnaireResponse:subject Task:based-on Task:focus Task:subject"
    ),
    "StructureDefinition": (
        "Appointment:supporting-info Communication:based-on Communication:part-of Composition:entry "
        "Composition:subject Condition:evidence-detail Consent:data DocumentReference:related Observation:focus "
        "Provenance:entity Provenance:target QuestionnaireResponse:subject Task:based-on Task:focus Task:subject"
    ),
}
"""type -> the references that point at it."""
