-- Reverses 0087_create_change_feed.
--
-- Loses:    table assistant.change_feed, table assistant.changes

DROP FUNCTION assistant.prune_changes(interval);
DROP FUNCTION assistant.require_maintainer();
DROP FUNCTION assistant.changes_since(bigint, integer);
DROP FUNCTION assistant.latest_change_id();
DROP FUNCTION assistant.tg__record_change();
DROP TABLE assistant.change_feed;
DROP TABLE assistant.changes;
