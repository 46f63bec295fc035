"""Settings that are secrets may lie in files, as Docker and Kubernetes hand secrets out: OPPFOLGING_<NAME>_FILE."""

import os
from pathlib import Path
from typing import Any, Final

from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsError

SECRETS: Final = ("database_url", "owner_database_url", "log_database_url", "secret")


class SecretFiles(PydanticBaseSettingsSource):
    """The text of each file that is named, less the end of its last line.

    Raises SettingsError for a setting given both ways, OSError for a file that cannot be read.
    """

    def __init__(self, settings: type[BaseSettings], prefix: str) -> None:
        super().__init__(settings)
        self._prefix = prefix

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        variable = f"{self._prefix}{field_name}".upper()
        file = os.environ.get(f"{variable}_FILE")
        if field_name not in SECRETS or file is None:
            return None, field_name, False
        if variable in os.environ:
            raise SettingsError(f"{variable} and {variable}_FILE are both set: one of them is enough")
        return Path(file).read_text().removesuffix("\n"), field_name, False

    def __call__(self) -> dict[str, Any]:
        told = {name: self.get_field_value(field, name)[0] for name, field in self.settings_cls.model_fields.items()}
        return {name: value for name, value in told.items() if value is not None}
