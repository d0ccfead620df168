"""schema.sql holds what migrations altered by hand too: where no file says it, the catalogue does."""

from runner import catalogue, files
from runner.settings import home
from tests.support.database import Database
from tools.schema import model
from tools.schema.snapshot import Snapshot
from tools.schema.source import Source

ALTERED = """
SET ROLE footing_owner;
CREATE TABLE apex.altered (id bigint, a text, "Odd name" int) WITH (fillfactor = 80);
CREATE INDEX idx_altered_a ON apex.altered (a) INCLUDE (id) WHERE a IS NOT NULL;
CREATE POLICY p ON apex.altered FOR SELECT TO readonly_users
USING (id IN (SELECT u.id FROM core.users AS u));
ALTER TABLE apex.altered ADD CONSTRAINT altered_a_check CHECK (a IN ('x', 'y', 'it''s')),
    ADD CONSTRAINT altered_id_check CHECK (id > 0) NOT VALID,
    ADD CONSTRAINT altered_id_fkey FOREIGN KEY (id) REFERENCES core.users (id) NOT VALID,
    ALTER a SET STORAGE EXTERNAL, ALTER id SET STATISTICS 500;
COMMENT ON TABLE apex.altered IS
    E'two\\nlines, it''s so, and a long long long long long long long '
    'long text that wraps';
GRANT SELECT (id, a), UPDATE ("Odd name") ON apex.altered TO authenticated_users WITH GRANT OPTION;
CREATE TRIGGER tg AFTER UPDATE OF a ON apex.altered FOR EACH ROW WHEN (OLD.a IS DISTINCT FROM NEW.a)
EXECUTE FUNCTION core.tg__set_updated_at('x');
ALTER TABLE apex.altered DISABLE TRIGGER tg;
CREATE VIEW apex.seen WITH (security_invoker = true) AS
SELECT a.id, u.email FROM apex.altered AS a JOIN core.users AS u USING (id);
CREATE MATERIALIZED VIEW apex.kept AS SELECT count(*) AS n FROM apex.altered;
CREATE UNIQUE INDEX idx_kept_n ON apex.kept (n);
CREATE FUNCTION apex.f(x apex.altered) RETURNS bigint LANGUAGE sql RETURN x.id;
RESET ROLE;
"""


def test_what_no_migration_states_is_written_from_the_catalogue(
    migrated_db: Database, prepared_db: Database
) -> None:
    migrated_db.admin.execute(ALTERED)
    text = Snapshot(model.read(migrated_db.admin), Source(files.find(home()))).text("0000")

    prepared_db.admin.execute(text.encode())
    prepared_db.admin.execute("RESET ROLE; SET search_path = pg_catalog")

    assert catalogue.compare(catalogue.live(migrated_db.admin), catalogue.live(prepared_db.admin)) == []
