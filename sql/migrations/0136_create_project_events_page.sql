-- 0136_create_project_events_page
--
-- What:     apex.project_events_page(), the events of a project, latest first, page by page.
-- Why:      002 §2's audit query. An average project has a handful of events, so the planner sorts
--           what it expects to be a handful, and does so for a project with thousands as well.
-- Locks:    nothing that existed before
-- Data:     none
-- Rollback: loses nothing

-- With its caller's rights: row security is at work. Without sorting, each month's index is read in
-- its order, and no further than the page. The next page is asked for with the last row's timestamp
-- and event_id; left out, they are put beyond every row. The first comparison is the second's
-- beginning once more: by it the months that come later are left out.
CREATE FUNCTION apex.project_events_page(
    p_project_id bigint,
    p_before timestamptz DEFAULT NULL,
    p_before_id bigint DEFAULT NULL,
    p_limit integer DEFAULT 20
) RETURNS SETOF apex.project_events
LANGUAGE plpgsql
STABLE
PARALLEL SAFE
ROWS 20
SET plan_cache_mode = force_generic_plan
SET enable_sort = off
AS $$
DECLARE
    before constant timestamptz := coalesce(p_before, 'infinity');
    before_id constant bigint := coalesce(p_before_id, 0);
BEGIN
    RETURN QUERY
    SELECT e.*
    FROM apex.project_events AS e
    WHERE e.project_id = p_project_id
        AND e.timestamp <= before
        AND (e.timestamp, e.event_id) < (before, before_id)
    ORDER BY e.timestamp DESC, e.event_id DESC
    LIMIT least(greatest(coalesce(p_limit, 20), 1), 100);
END
$$;

COMMENT ON FUNCTION apex.project_events_page(bigint, timestamptz, bigint, integer) IS
    'A project''s events that the session''s person may see, the latest first, at most 100 a page; '
    'the next page is asked for with the last row''s timestamp and event_id.';

REVOKE ALL ON FUNCTION apex.project_events_page(bigint, timestamptz, bigint, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION apex.project_events_page(bigint, timestamptz, bigint, integer) TO
    authenticated_users,
    readonly_users;
