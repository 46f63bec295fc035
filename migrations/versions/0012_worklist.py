"""The worklist: what its Tasks are about, why feedback was not taken, and how far the day's run has come."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

TENANT = "NULLIF(current_setting('oppfolging.municipality', true), '')"
MOMENT = sa.DateTime(timezone=True)

# From one municipality to the next by the primary key, however many resources each has. Codes, and no more.
MUNICIPALITIES = """
CREATE FUNCTION municipalities() RETURNS SETOF text LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS $$
  WITH RECURSIVE one(code) AS (
    SELECT min(municipality) FROM find
    UNION ALL SELECT (SELECT min(f.municipality) FROM find f WHERE f.municipality > one.code)
      FROM one WHERE one.code IS NOT NULL)
  SELECT code FROM one WHERE code IS NOT NULL AND code <> '*'
$$
"""


def upgrade() -> None:
    op.add_column("feedback_link", sa.Column("refused", sa.Text(), nullable=True))
    op.create_index("referral_course_person", "referral_course", ["municipality", "person"], unique=False)
    make_work()
    make_job_run()
    op.execute(MUNICIPALITIES)
    op.execute("REVOKE ALL ON FUNCTION municipalities() FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION municipalities() TO oppfolging_app")


def make_work() -> None:
    op.create_table(
        "work",
        sa.Column("municipality", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("focus", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=True),
        sa.Column("owner", sa.Text(), nullable=True),
        sa.Column("since", MOMENT, nullable=False),
        sa.Column("detail", sa.Text(), nullable=True),
        sa.Column("open", sa.Boolean(), nullable=False),
        sa.Column("settled", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("municipality", "id"),
    )
    op.create_index("work_one", "work", ["municipality", "code", "focus", "since"], unique=True)
    op.create_index("work_person", "work", ["municipality", "person"], unique=False)
    op.create_index("work_focus", "work", ["municipality", "focus"], unique=False)
    op.execute("ALTER TABLE work ENABLE ROW LEVEL SECURITY")
    op.execute(
        "CREATE POLICY tenant ON work TO oppfolging_app "
        f"USING (municipality = {TENANT}) WITH CHECK (municipality = {TENANT})"
    )
    op.execute("GRANT SELECT, INSERT, DELETE ON work TO oppfolging_app")


def make_job_run() -> None:
    op.create_table(
        "job_run",
        sa.Column("job", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=True),
        sa.Column("under_way", sa.Date(), nullable=True),
        sa.Column("past", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("holder", sa.Text(), nullable=True),
        sa.Column("until", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("job"),
    )
    op.execute("INSERT INTO job_run (job, past) VALUES ('worklist', '{}')")
    op.execute("GRANT SELECT, INSERT, UPDATE ON job_run TO oppfolging_app")


def downgrade() -> None:
    op.execute("DROP FUNCTION municipalities()")
    op.drop_table("job_run")
    op.drop_index("work_focus", table_name="work")
    op.drop_index("work_person", table_name="work")
    op.drop_index("work_one", table_name="work")
    op.drop_table("work")
    op.drop_index("referral_course_person", table_name="referral_course")
    op.drop_column("feedback_link", "refused")
