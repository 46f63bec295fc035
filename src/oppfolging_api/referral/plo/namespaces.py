"""The XML namespaces and version marks of the messages."""

from typing import Final

from oppfolging_api.referral.plo.message import Version

HEAD: Final = "http://www.kith.no/xmlstds/msghead/2006-05-24"
HEAD_MARK: Final = "v1.2 2006-05-24"
DIALOG_1_0: Final = "http://www.kith.no/xmlstds/dialog/2006-10-11"
DIALOG_1_1: Final = "http://www.kith.no/xmlstds/dialog/2013-01-23"
COMMON: Final = "http://www.kith.no/xmlstds/felleskomponent1"
BASE64: Final = "http://www.kith.no/xmlstds/base64container"
APPREC_1_0: Final = "http://www.kith.no/xmlstds/apprec/2004-11-21"
APPREC_1_1: Final = "http://www.kith.no/xmlstds/apprec/2012-02-15"

DIALOGS: Final = {DIALOG_1_0: Version.V1_0, DIALOG_1_1: Version.V1_1}
APPRECS: Final = {APPREC_1_0: Version.V1_0, APPREC_1_1: Version.V1_1}
APPREC_MARKS: Final = {Version.V1_0: "1.0 2004-11-21", Version.V1_1: "v1.1 2012-02-15"}
