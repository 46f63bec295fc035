"""What consent withholds and permits, and who stands how to whom."""

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

TENANT = "NULLIF(current_setting('oppfolging.municipality', true), '')"
ENTERING = "enter(text, timestamptz, text[], text, text, text)"
AS_CALLER_TAKES = "as_caller(text, timestamptz, text[], text, text, text, text, text[])"

# The caller of the transaction: what the token vouches for is resolved against the municipality's own rows, once,
# into settings that the policy's SQL reads. Nothing of it outlives the transaction.
ENTER = """
CREATE OR REPLACE FUNCTION enter(
  in_municipality text, in_at timestamptz, in_roles text[], in_actor text, in_organisation text, in_pid text
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  my_practitioners text[];
  my_organisation text;
  my_roles text[];
  my_names text[] := '{}';
  my_employers text[];
  above text[];
  myself text[] := '{}';
  coordinates text[] := '{}';
  works_with text[] := '{}';
  informed_of text[] := '{}';
  cases text[] := '{}';
  emergencies text[] := '{}';
  represents text[] := '{}';
  in_economy text[] := '{}';
  in_health text[] := '{}';
  accompanies text[] := '{}';
  owns text[] := '{}';
  people text[] := '{}';
  denied text[] := '{}';
  bound text[] := '{}';
BEGIN
  PERFORM set_config('oppfolging.municipality', in_municipality, true),
          set_config('oppfolging.organisation', coalesce(in_organisation, ''), true);

  IF in_roles && '{coordinator,team,leader,referrer,system,case-member}' THEN
    my_practitioners := ARRAY(SELECT i.id FROM identity i
      WHERE i.municipality = in_municipality AND i.type = 'Practitioner' AND i.key = in_actor);
    SELECT i.id INTO my_organisation FROM identity i
      WHERE i.municipality = in_municipality AND i.type = 'Organization' AND i.key = in_organisation;
    SELECT coalesce(array_agg(e.id) FILTER (WHERE e.organisation = my_organisation), '{}'),
           array_remove(array_agg(DISTINCT e.organisation) || my_organisation, NULL)
      INTO my_roles, my_employers FROM employment e
      WHERE e.municipality = in_municipality AND e.practitioner = ANY(my_practitioners) AND e.active
        AND (e.starts IS NULL OR e.starts <= in_at) AND (e.ends IS NULL OR in_at < e.ends);
    my_names := ARRAY(SELECT 'Practitioner/' || p FROM unnest(my_practitioners) p
      UNION ALL SELECT 'PractitionerRole/' || r FROM unnest(my_roles) r);
    myself := my_names || ('Organization/' || coalesce(my_organisation, ''));

    above := my_employers;
    WHILE cardinality(above) > 0 LOOP
      above := ARRAY(SELECT part.part_of FROM organisation_part part
        WHERE part.municipality = in_municipality AND part.id = ANY(above) AND part.part_of <> ALL(my_employers));
      my_employers := my_employers || above;
    END LOOP;
    my_employers := ARRAY(SELECT 'Organization/' || id FROM unnest(my_employers) id);
  END IF;

  IF in_roles && '{coordinator}' THEN
    coordinates := ARRAY(SELECT m.person FROM membership m
      WHERE m.municipality = in_municipality AND m.member = ANY(my_names) AND m.active AND m.coordinator
        AND (m.starts IS NULL OR m.starts <= in_at) AND (m.ends IS NULL OR in_at < m.ends));
  END IF;

  IF in_roles && '{case-member}' THEN
    cases := ARRAY(SELECT v.person FROM invitation v
      JOIN assignment a ON a.municipality = v.municipality AND a.focus = v.referral AND a.person = v.person
      WHERE v.municipality = in_municipality AND v.member = ANY(my_names) AND v.open AND a.open);
  END IF;

  IF in_roles && '{team}' THEN
    IF EXISTS (SELECT FROM permit p
      WHERE p.municipality = in_municipality AND p.actor = ANY(my_employers || my_names)) THEN
      emergencies := permitted(my_names, CASE WHEN cardinality(my_roles) > 0 THEN my_organisation END, in_at);
    END IF;
    IF cardinality(my_roles) > 0 THEN
      my_names := my_names || ('Organization/' || my_organisation);
    END IF;
    SELECT coalesce(array_agg(m.person) FILTER (WHERE m.layer <> 'informed'), '{}'),
           coalesce(array_agg(m.person) FILTER (WHERE m.layer = 'informed'), '{}')
      INTO works_with, informed_of FROM membership m
      WHERE m.municipality = in_municipality AND m.member = ANY(my_names) AND m.active
        AND (m.starts IS NULL OR m.starts <= in_at) AND (m.ends IS NULL OR in_at < m.ends);
  END IF;

  IF in_roles && '{coordinator,team,leader}' THEN
    SELECT coalesce(array_agg(one), '{}'), coalesce(array_agg(DISTINCT a.person), '{}') INTO owns, people
      FROM assignment a, unnest(ARRAY['Task/' || a.id]
        || CASE WHEN a.open THEN ARRAY[a.focus, 'Patient/' || a.person] ELSE '{}' END) one
      WHERE a.municipality = in_municipality
        AND ((a.owner = ANY(my_names) AND a.owner NOT LIKE 'Organization/%')
          OR (in_roles && '{leader}' AND a.owner = 'Organization/' || my_organisation));
  END IF;

  IF in_roles && '{coordinator,team,leader,referrer,system,case-member}' THEN
    people := coordinates || works_with || informed_of || cases || emergencies || people;
    denied := ARRAY(SELECT d.person || ' ' || kind FROM denial d, unnest(d.kinds) kind
      WHERE d.municipality = in_municipality
        AND d.actor = ANY(my_employers || ARRAY(SELECT 'Practitioner/' || p FROM unnest(my_practitioners) p))
        AND (d.starts IS NULL OR d.starts <= in_at) AND (d.ends IS NULL OR in_at < d.ends)
        AND (in_roles && '{referrer,system}' OR d.person = ANY(people)));
    IF cardinality(denied) > 0 THEN
      myself := myself || ARRAY(SELECT unnest(ARRAY['PractitionerRole/' || e.id, 'Organization/' || e.organisation])
        FROM employment e WHERE e.municipality = in_municipality AND e.practitioner = ANY(my_practitioners));
    END IF;
  END IF;

  IF in_roles && '{person}' AND in_pid IS NOT NULL THEN
    my_names := my_names || ARRAY(SELECT i.type || '/' || i.id FROM identity i
      WHERE i.municipality = in_municipality AND i.type IN ('Patient', 'RelatedPerson') AND i.key = in_pid);
    represents := ARRAY(SELECT i.id FROM identity i
      WHERE i.municipality = in_municipality AND i.type = 'Patient' AND i.key = in_pid
        AND of_age(i.born, in_at));
    SELECT represents || coalesce(array_agg(r.person) FILTER (WHERE r.authority IS NULL), '{}'),
           coalesce(array_agg(r.person) FILTER (WHERE r.authority = 'economy'), '{}'),
           coalesce(array_agg(r.person) FILTER (WHERE r.authority = 'health'), '{}')
      INTO represents, in_economy, in_health FROM relation r
      WHERE r.municipality = in_municipality AND 'RelatedPerson/' || r.id = ANY(my_names) AND r.guardian AND r.active
        AND (r.starts IS NULL OR r.starts <= in_at) AND (r.ends IS NULL OR in_at < r.ends);
    accompanies := ARRAY(
      SELECT r.person FROM relation r JOIN membership m
        ON m.municipality = r.municipality AND m.member = 'RelatedPerson/' || r.id AND m.person = r.person
        WHERE r.municipality = in_municipality AND 'RelatedPerson/' || r.id = ANY(my_names) AND r.active
          AND (r.starts IS NULL OR r.starts <= in_at) AND (r.ends IS NULL OR in_at < r.ends)
          AND m.active AND (m.starts IS NULL OR m.starts <= in_at) AND (m.ends IS NULL OR in_at < m.ends));
    myself := myself || my_names;
    denied := ARRAY(SELECT d FROM unnest(denied) d WHERE split_part(d, ' ', 1) <> ALL(represents))
      || ARRAY(SELECT p || ' ' || kind FROM unnest(in_economy) p, unnest('{health,mental-health,substance-use,work,
        school,child-welfare,housing,social}'::text[]) kind WHERE p <> ALL(represents || in_health))
      || ARRAY(SELECT p || ' economy' FROM unnest(in_health) p WHERE p <> ALL(represents || in_economy));
    bound := ARRAY(SELECT p FROM unnest(represents || in_economy || in_health || accompanies) p
      WHERE EXISTS (SELECT FROM tenant_find f WHERE f.person = p AND f.kinds @> '{third-party}'));
  END IF;

  IF NOT in_roles && '{coordinating-unit}' THEN
    bound := bound || ARRAY(SELECT DISTINCT split_part(d, ' ', 1) FROM unnest(denied) d);
  END IF;

  PERFORM set_config('oppfolging.coordinates', coordinates::text, true),
          set_config('oppfolging.works_with', works_with::text, true),
          set_config('oppfolging.informed_of', informed_of::text, true),
          set_config('oppfolging.cases', cases::text, true),
          set_config('oppfolging.emergencies', emergencies::text, true),
          set_config('oppfolging.represents', represents::text, true),
          set_config('oppfolging.in_economy', in_economy::text, true),
          set_config('oppfolging.in_health', in_health::text, true),
          set_config('oppfolging.accompanies', accompanies::text, true),
          set_config('oppfolging.names', my_names::text, true),
          set_config('oppfolging.myself', myself::text, true),
          set_config('oppfolging.owns', owns::text, true),
          set_config('oppfolging.denied', denied::text, true),
          set_config('oppfolging.bound', bound::text, true);
END $$
"""

# Whose crisis plan the caller may read: by name, or as one who works in the organisation named or in a part of it.
PERMITTED = f"""
CREATE FUNCTION permitted(in_names text[], in_organisation text, in_at timestamptz) RETURNS text[] LANGUAGE sql STABLE
AS $$
  WITH RECURSIVE above(id) AS (
    SELECT in_organisation
    UNION SELECT part.part_of FROM organisation_part part JOIN above ON part.id = above.id
      WHERE part.municipality = {TENANT}
  )
  SELECT coalesce(array_agg(DISTINCT p.person), '{{}}') FROM permit p
  WHERE p.municipality = {TENANT}
    AND (p.actor = ANY(in_names) OR p.actor IN (SELECT 'Organization/' || id FROM above))
    AND (p.starts IS NULL OR p.starts <= in_at) AND (p.ends IS NULL OR in_at < p.ends)
$$
"""

# What kinds of information it tells of somebody that one of these organisations has to do with them.
TELLS = f"""
CREATE FUNCTION tells(in_organisations text[]) RETURNS text[] LANGUAGE sql STABLE AS $$
  WITH RECURSIVE above(id) AS (
    SELECT unnest(in_organisations)
    UNION SELECT part.part_of FROM organisation_part part JOIN above ON part.id = above.id
      WHERE part.municipality = {TENANT}
  )
  SELECT coalesce(array_agg(DISTINCT kind), '{{}}')
  FROM above JOIN tenant_find f ON f.id = above.id AND f.type || '' = 'Organization', unnest(f.kinds) kind
$$
"""

# The organisations that something in the directory leads to: by whom somebody is or was employed, whose a service or a
# place is, in how many steps ever. What was so once counts too, since everyone may have read it.
LEADS_TO = f"""
CREATE FUNCTION leads_to(in_reference text) RETURNS text[] LANGUAGE sql STABLE AS $$
  WITH RECURSIVE led(type, id) AS (
    (SELECT split_part(in_reference, '/', 1), split_part(in_reference, '/', 2)
    UNION SELECT unnest(ARRAY['PractitionerRole', 'Organization']), unnest(ARRAY[w.role, w.organisation])
      FROM worked_for w WHERE w.municipality = {TENANT}
        AND (in_reference = 'Practitioner/' || w.practitioner OR in_reference = 'PractitionerRole/' || w.role))
    UNION SELECT split_part(k, '/', 1), split_part(k, '/', 2) FROM led
      JOIN tenant_find f ON f.id = led.id AND f.type || '' = led.type, unnest(f.keys) key, substr(key, 2) k
      WHERE led.type IN ('PractitionerRole', 'HealthcareService', 'Location')
        AND (starts_with(key, '@Organization/') OR starts_with(key, '@HealthcareService/')
          OR starts_with(key, '@Location/'))
  )
  SELECT coalesce(array_agg(id), '{{}}') FROM led WHERE type = 'Organization'
$$
"""

# Of references in resources about a person (`Type/id`), those by which the caller would learn what is withheld.
WITHHELD = """
CREATE FUNCTION withheld(in_person text, in_references text[]) RETURNS text[] LANGUAGE plpgsql STABLE AS $$
DECLARE
  myself text[] := current_setting('oppfolging.myself', true)::text[];
  denied text[] := current_setting('oppfolging.denied', true)::text[];
  released_to text[] := current_setting('oppfolging.represents', true)::text[]
    || current_setting('oppfolging.in_economy', true)::text[] || current_setting('oppfolging.in_health', true)::text[]
    || current_setting('oppfolging.accompanies', true)::text[];
  hidden text[] := ARRAY(SELECT split_part(d, ' ', 2) FROM unnest(denied) d WHERE split_part(d, ' ', 1) = in_person);
BEGIN
  RETURN ARRAY(
    SELECT r.whole FROM (SELECT w AS whole, split_part(w, '/', 1) AS type, split_part(w, '/', 2) AS id
      FROM unnest(in_references) w) r
    WHERE r.whole <> 'Patient/' || in_person AND r.whole <> ALL(myself) AND CASE
      WHEN r.type IN ('Organization', 'Practitioner', 'PractitionerRole', 'HealthcareService', 'Location')
        THEN tells(leads_to(r.whole)) && hidden
      ELSE NOT EXISTS (
        SELECT FROM tenant_find f WHERE f.id = r.id AND f.type || '' = r.type
          AND NOT ARRAY(SELECT f.person || ' ' || kind FROM unnest(f.kinds) kind) && denied
          AND NOT (f.kinds @> '{third-party}' AND coalesce(f.person = ANY(released_to), false))
        UNION ALL SELECT FROM packaged_find f WHERE f.id = r.id AND f.type || '' = r.type)
    END);
END $$
"""

# Employments are kept as rows of today; who once worked for whom is kept for good.
KEEP_WORKED_FOR = """
CREATE FUNCTION keep_worked_for() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO worked_for (municipality, practitioner, role, organisation)
    VALUES (NEW.municipality, coalesce(NEW.practitioner, ''), NEW.id, NEW.organisation) ON CONFLICT DO NOTHING;
  RETURN NULL;
END $$
"""
KEPT_ON = """
CREATE TRIGGER employment_is_kept AFTER INSERT ON employment
FOR EACH ROW WHEN (NEW.organisation IS NOT NULL) EXECUTE FUNCTION keep_worked_for()
"""

# Of the keys of a row about a person, those that begin with `in_lead` (`subject=`, `@`) and are references, without
# those withheld from the caller.
SHOWN_KEYS = """
CREATE FUNCTION shown_keys(in_person text, in_keys text[], in_lead text) RETURNS text[] LANGUAGE sql STABLE AS $$
  SELECT ARRAY(SELECT k FROM unnest(in_keys) k WHERE starts_with(k, in_lead)
    EXCEPT SELECT in_lead || r FROM unnest(withheld(in_person, ARRAY(
      SELECT substr(k, length(in_lead) + 1) FROM unnest(in_keys) k WHERE starts_with(k, in_lead)))) r)
$$
"""

AS_CALLER = """
CREATE FUNCTION as_caller(
  in_municipality text, in_at timestamptz, in_roles text[], in_actor text, in_organisation text, in_pid text,
  statement text, arguments text[]
) RETURNS TABLE (
  mode text, type text, id text, version int, updated timestamptz, deleted boolean, method text, person text,
  body bytea, extra text[], bound boolean
) LANGUAGE plpgsql AS $$
BEGIN
  PERFORM enter(in_municipality, in_at, in_roles, in_actor, in_organisation, in_pid);
  RETURN QUERY EXECUTE
    'SELECT f.*, f.person IS NOT NULL AND f.person = ANY('
    || '(SELECT current_setting(''oppfolging.bound'', true)::text[])::text[]) FROM (' || statement
    || ') AS f (mode, type, id, version, updated, deleted, method, person, body, extra)' USING arguments;
END $$
"""

# The one question asked across municipalities: in which of them is this identity number known (CONTRACT section 1).
# Next of kin and guardians come in the person scope too, while the relation lasts; children not by their own number.
MUNICIPALITIES_OF = """
CREATE OR REPLACE FUNCTION municipalities_of(in_pid text, in_at timestamptz) RETURNS text[] LANGUAGE sql STABLE
SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT coalesce(array_agg(DISTINCT i.municipality), '{}') FROM identity i
  WHERE i.key = in_pid AND (i.type = 'Patient' AND of_age(i.born, in_at) OR i.type = 'RelatedPerson' AND EXISTS (
    SELECT FROM relation r WHERE r.municipality = i.municipality AND r.id = i.id AND r.active
      AND (r.starts IS NULL OR r.starts <= in_at) AND (r.ends IS NULL OR in_at < r.ends)))
$$
"""

# Whether who was born that day has access of their own, by the Norwegian day. Without the setting nobody has.
OF_AGE = """
CREATE FUNCTION of_age(in_born date, in_at timestamptz) RETURNS boolean LANGUAGE sql STABLE
RETURN in_born IS NULL
  OR in_born + make_interval(years => current_setting('oppfolging.own_access_age', true)::int)
    <= (in_at AT TIME ZONE 'Europe/Oslo')::date
"""

NEW = {
    "of_age(date, timestamptz)": OF_AGE,
    "permitted(text[], text, timestamptz)": PERMITTED,
    "tells(text[])": TELLS,
    "leads_to(text)": LEADS_TO,
    "withheld(text, text[])": WITHHELD,
    "shown_keys(text, text[], text)": SHOWN_KEYS,
}
TABLES = {
    "permit": "SELECT, INSERT, DELETE",
    "invitation": "SELECT, INSERT, DELETE",
    "worked_for": "SELECT, INSERT",
}


def upgrade() -> None:
    op.add_column("identity", sa.Column("born", sa.Date(), nullable=True))
    op.add_column("relation", sa.Column("authority", sa.Text(), nullable=True))
    _tables()
    op.create_index("assignment_focus", "assignment", ["municipality", "focus"], unique=False)
    op.create_index(
        "find_third_party",
        "find",
        ["municipality", "person"],
        unique=False,
        postgresql_where=sa.text("kinds @> '{third-party}'"),
    )
    for table, privileges in TABLES.items():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY tenant ON {table} TO oppfolging_app "
            f"USING (municipality = {TENANT}) WITH CHECK (municipality = {TENANT})"
        )
        op.execute(f"GRANT {privileges} ON {table} TO oppfolging_app")
    op.execute(
        "INSERT INTO worked_for (municipality, practitioner, role, organisation)"
        " SELECT municipality, coalesce(practitioner, ''), id, organisation FROM employment"
        " WHERE organisation IS NOT NULL ON CONFLICT DO NOTHING"
    )
    op.execute(KEEP_WORKED_FOR)
    op.execute("REVOKE ALL ON FUNCTION keep_worked_for() FROM PUBLIC")
    op.execute(KEPT_ON)
    for signature, body in NEW.items():
        _function(signature, body)
    for changed in (ENTER, MUNICIPALITIES_OF):
        op.execute(changed.replace(":", "\\:"))
    op.execute(f"DROP FUNCTION {AS_CALLER_TAKES}")
    _function(AS_CALLER_TAKES, AS_CALLER)


def downgrade() -> None:
    before = _revision("0002_walls.py")
    op.execute(f"DROP FUNCTION {AS_CALLER_TAKES}")
    _function(AS_CALLER_TAKES, before.AS_CALLER)
    for was in (before.ENTER, before.MUNICIPALITIES_OF):
        op.execute(was.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION").replace(":", "\\:"))
    for signature in reversed(NEW):
        op.execute(f"DROP FUNCTION {signature}")
    op.drop_index("find_third_party", table_name="find", postgresql_where=sa.text("kinds @> '{third-party}'"))
    op.execute("DROP TRIGGER employment_is_kept ON employment")
    op.execute("DROP FUNCTION keep_worked_for()")
    op.drop_index("worked_for_role", table_name="worked_for")
    op.drop_table("worked_for")
    op.drop_index("assignment_focus", table_name="assignment")
    op.drop_index("invitation_member", table_name="invitation")
    op.drop_table("invitation")
    op.drop_index("permit_actor", table_name="permit")
    op.drop_table("permit")
    op.drop_column("relation", "authority")
    op.drop_column("identity", "born")


def _tables() -> None:
    op.create_table(
        "permit",
        sa.Column("municipality", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("starts", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ends", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("municipality", "id", "position"),
    )
    op.create_index("permit_actor", "permit", ["municipality", "actor"], unique=False)
    op.create_table(
        "invitation",
        sa.Column("municipality", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("member", sa.Text(), nullable=False),
        sa.Column("referral", sa.Text(), nullable=False),
        sa.Column("open", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("municipality", "id", "position"),
    )
    op.create_index("invitation_member", "invitation", ["municipality", "member"], unique=False)
    op.create_table(
        "worked_for",
        sa.Column("municipality", sa.Text(), nullable=False),
        sa.Column("practitioner", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("municipality", "practitioner", "role", "organisation"),
    )
    op.create_index("worked_for_role", "worked_for", ["municipality", "role"], unique=False)


def _function(signature: str, body: str) -> None:
    op.execute(body.replace(":", "\\:"))
    op.execute(f"REVOKE ALL ON FUNCTION {signature} FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION {signature} TO oppfolging_app")


def _revision(file: str) -> Any:
    """An earlier revision, for the functions it made."""
    spec = spec_from_file_location("earlier", Path(__file__).with_name(file))
    assert spec is not None  # noqa: S101
    assert spec.loader is not None  # noqa: S101
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
