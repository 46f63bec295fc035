"""Who may touch what: grants, row security, the tenant views, and the functions a request enters through."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TENANT = "NULLIF(current_setting('oppfolging.municipality', true), '')"

INDEX_TABLES = {
    "find": "municipality, type, id, person, updated, deleted, kinds, keys",
    "find_string": "municipality, type, id, position, parameter, value, exact",
    "find_date": "municipality, type, id, position, parameter, low, high",
}
TENANT_TABLES = {
    "resource": "SELECT, INSERT, UPDATE",
    "resource_version": "SELECT, INSERT",
    "identity": "SELECT, INSERT, DELETE",
    "employment": "SELECT, INSERT, DELETE",
    "organisation_part": "SELECT, INSERT, DELETE",
    "relation": "SELECT, INSERT, DELETE",
    "membership": "SELECT, INSERT, DELETE",
    "sole_active": "SELECT, INSERT, DELETE",
    "assignment": "SELECT, INSERT, DELETE",
    "denial": "SELECT, INSERT, DELETE",
    "feedback_link": "SELECT, INSERT, DELETE",
    "referral_receipt": "SELECT, INSERT",
    "outbox": "SELECT, INSERT",
    "access_log": "SELECT, INSERT",
}
WITH_PACKAGED = ("resource", "resource_version")

# The caller of the transaction: what the token vouches for is resolved against the municipality's own rows, once,
# into settings that the policy's SQL reads. Nothing of it outlives the transaction.
ENTER = """
CREATE FUNCTION enter(
  in_municipality text, in_at timestamptz, in_roles text[], in_actor text, in_organisation text, in_pid text
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  my_practitioners text[];
  my_organisation text;
  my_roles text[];
  my_names text[] := '{}';
  my_employers text[];
  coordinates text[] := '{}';
  works_with text[] := '{}';
  informed_of text[] := '{}';
  represents text[] := '{}';
  accompanies text[] := '{}';
  owns text[] := '{}';
  denied text[] := '{}';
BEGIN
  PERFORM set_config('oppfolging.municipality', in_municipality, true),
          set_config('oppfolging.organisation', coalesce(in_organisation, ''), true);

  IF in_roles && '{coordinator,team,leader,referrer,system}' THEN
    my_practitioners := ARRAY(SELECT i.id FROM identity i
      WHERE i.municipality = in_municipality AND i.type = 'Practitioner' AND i.key = in_actor);
    SELECT i.id INTO my_organisation FROM identity i
      WHERE i.municipality = in_municipality AND i.type = 'Organization' AND i.key = in_organisation;
    my_roles := ARRAY(SELECT e.id FROM employment e
      WHERE e.municipality = in_municipality AND e.practitioner = ANY(my_practitioners) AND e.active
        AND (e.starts IS NULL OR e.starts <= in_at) AND (e.ends IS NULL OR in_at < e.ends)
        AND e.organisation = my_organisation);
    my_names := ARRAY(SELECT 'Practitioner/' || p FROM unnest(my_practitioners) p
      UNION ALL SELECT 'PractitionerRole/' || r FROM unnest(my_roles) r);

    my_employers := ARRAY(
      WITH RECURSIVE employer(id) AS (
        SELECT my_organisation
        UNION SELECT e.organisation FROM employment e
          WHERE e.municipality = in_municipality AND e.practitioner = ANY(my_practitioners) AND e.active
            AND (e.starts IS NULL OR e.starts <= in_at) AND (e.ends IS NULL OR in_at < e.ends)
        UNION SELECT part.part_of FROM organisation_part part JOIN employer ON part.id = employer.id
          WHERE part.municipality = in_municipality
      ) SELECT 'Organization/' || id FROM employer WHERE id IS NOT NULL);
    denied := ARRAY(SELECT d.person || ' ' || kind FROM denial d, unnest(d.kinds) kind
      WHERE d.municipality = in_municipality
        AND d.actor = ANY(my_employers || ARRAY(SELECT 'Practitioner/' || p FROM unnest(my_practitioners) p))
        AND (d.starts IS NULL OR d.starts <= in_at) AND (d.ends IS NULL OR in_at < d.ends));
  END IF;

  IF in_roles && '{coordinator}' THEN
    coordinates := ARRAY(SELECT m.person FROM membership m
      WHERE m.municipality = in_municipality AND m.member = ANY(my_names) AND m.active AND m.coordinator
        AND (m.starts IS NULL OR m.starts <= in_at) AND (m.ends IS NULL OR in_at < m.ends));
  END IF;

  IF in_roles && '{team}' THEN
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
    owns := ARRAY(SELECT unnest(ARRAY['Task/' || a.id]
        || CASE WHEN a.open THEN ARRAY[a.focus, 'Patient/' || a.person] ELSE '{}' END)
      FROM assignment a
      WHERE a.municipality = in_municipality
        AND ((a.owner = ANY(my_names) AND a.owner NOT LIKE 'Organization/%')
          OR (in_roles && '{leader}' AND a.owner = 'Organization/' || my_organisation)));
  END IF;

  IF in_roles && '{person}' AND in_pid IS NOT NULL THEN
    my_names := my_names || ARRAY(SELECT i.type || '/' || i.id FROM identity i
      WHERE i.municipality = in_municipality AND i.type IN ('Patient', 'RelatedPerson') AND i.key = in_pid);
    represents := ARRAY(
      SELECT i.id FROM identity i
        WHERE i.municipality = in_municipality AND i.type = 'Patient' AND i.key = in_pid
      UNION SELECT r.person FROM relation r
        WHERE r.municipality = in_municipality AND 'RelatedPerson/' || r.id = ANY(my_names) AND r.guardian AND r.active
          AND (r.starts IS NULL OR r.starts <= in_at) AND (r.ends IS NULL OR in_at < r.ends));
    accompanies := ARRAY(
      SELECT r.person FROM relation r JOIN membership m
        ON m.municipality = r.municipality AND m.member = 'RelatedPerson/' || r.id AND m.person = r.person
        WHERE r.municipality = in_municipality AND 'RelatedPerson/' || r.id = ANY(my_names) AND r.active
          AND (r.starts IS NULL OR r.starts <= in_at) AND (r.ends IS NULL OR in_at < r.ends)
          AND m.active AND (m.starts IS NULL OR m.starts <= in_at) AND (m.ends IS NULL OR in_at < m.ends));
  END IF;

  PERFORM set_config('oppfolging.coordinates', coordinates::text, true),
          set_config('oppfolging.works_with', works_with::text, true),
          set_config('oppfolging.informed_of', informed_of::text, true),
          set_config('oppfolging.represents', represents::text, true),
          set_config('oppfolging.accompanies', accompanies::text, true),
          set_config('oppfolging.names', my_names::text, true),
          set_config('oppfolging.owns', owns::text, true),
          set_config('oppfolging.denied', denied::text, true);
END $$
"""

# One round trip for a read: enter as the caller, then run the statement, in one transaction.
AS_CALLER = """
CREATE FUNCTION as_caller(
  in_municipality text, in_at timestamptz, in_roles text[], in_actor text, in_organisation text, in_pid text,
  statement text, arguments text[]
) RETURNS TABLE (
  mode text, type text, id text, version int, updated timestamptz, deleted boolean, method text, person text,
  body bytea, extra text[]
) LANGUAGE plpgsql AS $$
BEGIN
  PERFORM enter(in_municipality, in_at, in_roles, in_actor, in_organisation, in_pid);
  RETURN QUERY EXECUTE statement USING arguments;
END $$
"""

# The one question asked across municipalities: in which of them is this identity number known (CONTRACT section 1).
# Next of kin and guardians come in the person scope too, while the relation lasts.
MUNICIPALITIES_OF = """
CREATE FUNCTION municipalities_of(in_pid text, in_at timestamptz) RETURNS text[] LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS $$
  SELECT coalesce(array_agg(DISTINCT i.municipality), '{}') FROM identity i
  WHERE i.key = in_pid AND (i.type = 'Patient' OR i.type = 'RelatedPerson' AND EXISTS (
    SELECT FROM relation r WHERE r.municipality = i.municipality AND r.id = i.id AND r.active
      AND (r.starts IS NULL OR r.starts <= in_at) AND (r.ends IS NULL OR in_at < r.ends)))
$$
"""

FUNCTIONS = {
    "enter(text, timestamptz, text[], text, text, text)": ENTER,
    "as_caller(text, timestamptz, text[], text, text, text, text, text[])": AS_CALLER,
    "municipalities_of(text, timestamptz)": MUNICIPALITIES_OF,
}


def upgrade() -> None:
    for table, columns in INDEX_TABLES.items():
        op.execute(
            f"CREATE VIEW tenant_{table} AS SELECT {columns} FROM {table} "
            f"WHERE municipality = {TENANT} WITH LOCAL CHECK OPTION"
        )
        op.execute(f"CREATE VIEW packaged_{table} AS SELECT {columns} FROM {table} WHERE municipality = '*'")
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON tenant_{table} TO oppfolging_app")
        op.execute(f"GRANT SELECT ON packaged_{table} TO oppfolging_app")
    for table, privileges in TENANT_TABLES.items():
        readable = f"{TENANT}, '*'" if table in WITH_PACKAGED else TENANT
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY tenant ON {table} TO oppfolging_app "
            f"USING (municipality IN ({readable})) WITH CHECK (municipality = {TENANT})"
        )
        op.execute(f"GRANT {privileges} ON {table} TO oppfolging_app")
    op.execute("CREATE POLICY append ON access_log FOR INSERT TO oppfolging_log WITH CHECK (true)")
    op.execute("GRANT INSERT ON access_log TO oppfolging_log")
    op.execute("GRANT SELECT, INSERT, UPDATE ON issuer_key TO oppfolging_app")
    op.execute("GRANT SELECT ON alembic_version TO oppfolging_app")
    for signature, body in FUNCTIONS.items():
        op.execute(body.replace(":", "\\:"))
        op.execute(f"REVOKE ALL ON FUNCTION {signature} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION {signature} TO oppfolging_app")


def downgrade() -> None:
    for signature in FUNCTIONS:
        op.execute(f"DROP FUNCTION {signature}")
    op.execute("REVOKE ALL ON alembic_version, issuer_key FROM oppfolging_app")
    op.execute("REVOKE ALL ON access_log FROM oppfolging_log")
    op.execute("DROP POLICY append ON access_log")
    for table in TENANT_TABLES:
        op.execute(f"REVOKE ALL ON {table} FROM oppfolging_app")
        op.execute(f"DROP POLICY tenant ON {table}")
        op.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
    for table in INDEX_TABLES:
        op.execute(f"DROP VIEW tenant_{table}, packaged_{table}")
