"""Finding the municipality's own: the coordinating unit, and who has been told what about a referral."""

from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from oppfolging_api.kernel.canonical import Canonical
from oppfolging_api.kernel.vocabulary import SERVICE_TYPE, ServiceType
from oppfolging_api.store.tables import ReferralReceipt

_UNIT = text(
    "SELECT min(f.id) FROM tenant_find f WHERE f.type = 'Organization' AND NOT f.deleted AND f.keys @> ARRAY[:key]"
)


async def coordinating_unit(session: AsyncSession, canonical: Canonical) -> dict[str, Any] | None:
    """A Reference to the municipality's coordinating unit, None where the directory has none."""
    key = f"type={canonical.code_system(SERVICE_TYPE)}|{ServiceType.COORDINATING_UNIT}"
    found = await session.scalar(_UNIT, {"key": key})
    return {"reference": f"Organization/{found}"} if found else None


async def hears_outcome(session: AsyncSession, municipality: str, referral: str) -> bool | None:
    """Whether the sender of a referral hears its outcome (CONTRACT section 6); None where nobody sent it."""
    statement = select(ReferralReceipt).where(
        col(ReferralReceipt.municipality) == municipality, col(ReferralReceipt.referral) == referral
    )
    receipt = await session.scalar(statement)
    return receipt.hears_outcome if receipt else None
