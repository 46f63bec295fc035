"""Proofs of possession that have been seen, so that none is taken twice.

The table is of no municipality, and nobody's to read: a function remembers a proof and says whether it was the first
time. Each one remembered takes along a few that have expired, so the table stays as small as its traffic of minutes.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

PROOF_IS_NEW = """
CREATE FUNCTION proof_is_new(in_proof bytea, in_until timestamptz, in_at timestamptz) RETURNS boolean
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  WITH stale AS (
    SELECT d.proof FROM dpop_proof d WHERE d.expires < in_at ORDER BY d.expires LIMIT 8 FOR UPDATE SKIP LOCKED
  ), forgotten AS (
    DELETE FROM dpop_proof d USING stale WHERE d.proof = stale.proof
  ), remembered AS (
    INSERT INTO dpop_proof (proof, expires) VALUES (in_proof, in_until) ON CONFLICT (proof) DO NOTHING RETURNING true
  )
  SELECT EXISTS (SELECT FROM remembered)
$$
"""


def upgrade() -> None:
    op.create_table(
        "dpop_proof",
        sa.Column("proof", sa.LargeBinary(), nullable=False),
        sa.Column("expires", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("proof"),
    )
    op.create_index("dpop_proof_expires", "dpop_proof", ["expires"], unique=False)
    op.execute(PROOF_IS_NEW)
    op.execute("REVOKE ALL ON FUNCTION proof_is_new(bytea, timestamptz, timestamptz) FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION proof_is_new(bytea, timestamptz, timestamptz) TO oppfolging_app")


def downgrade() -> None:
    op.execute("DROP FUNCTION proof_is_new(bytea, timestamptz, timestamptz)")
    op.drop_table("dpop_proof")
