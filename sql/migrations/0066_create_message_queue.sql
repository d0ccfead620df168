-- 0066_create_message_queue
--
-- What:     webtest.claim_messages(), webtest.complete_message() and webtest.fail_message().
-- Why:      000 §1.2 gives messages a status and no way for two workers to share them. Here a
--           worker that dies loses nothing, and one that was only slow can't end what another has.
-- Locks:    nothing that existed before
-- Data:     none
-- Rollback: loses nothing; messages stay as they are.

-- All three have invoker rights: the policies of webtest.agent_messages say whose work it is. Time
-- is the clock's, not the transaction's: a lease begins when it is given.
CREATE FUNCTION webtest.claim_messages(
    p_receiver_id text,
    p_limit integer DEFAULT 10,
    p_lease interval DEFAULT '5 minutes'
) RETURNS SETOF webtest.agent_messages
LANGUAGE plpgsql
VOLATILE
ROWS 10
AS $$
DECLARE
    wanted       integer := p_limit;
    due          bigint[];
    claimed      bigint;
    project      bigint;
BEGIN
    IF p_limit IS NULL OR p_limit NOT BETWEEN 1 AND 1000 THEN
        RAISE EXCEPTION 'the limit is %, and must be from 1 to 1000', p_limit
            USING
                ERRCODE = 'invalid_parameter_value',
                HINT = 'Claim what is done within one lease, and then more.';
    END IF;

    IF p_lease IS NULL OR p_lease <= interval '0' OR p_lease > interval '1 day' THEN
        RAISE EXCEPTION 'the lease is %, and must be positive, and at most a day', p_lease
            USING
                ERRCODE = 'invalid_parameter_value',
                HINT = 'A lease outlasts the work it is for: what a dead worker held waits so long.';
    END IF;

    -- In any order, so that the backlog of one project doesn't starve another; within each, the
    -- oldest first, in the order of the index.
    FOR project IN
        SELECT a.project_id
        FROM webtest.agents AS a
        WHERE a.agent_id = p_receiver_id
            AND a.project_id = coalesce(
                nullif(pg_catalog.current_setting('app.project_id', true), '')::bigint,
                a.project_id
            )
        ORDER BY pg_catalog.random()
    LOOP
        LOOP
            SELECT pg_catalog.array_agg(w.id)
            INTO due
            FROM (
                SELECT m.id
                FROM webtest.agent_messages AS m
                WHERE m.receiver_id = p_receiver_id
                    AND m.project_id = project
                    AND m.status IN ('sent', 'delivered')
                    AND coalesce(m.leased_until, '-infinity') <= pg_catalog.clock_timestamp()
                ORDER BY m.id
                LIMIT wanted
                FOR UPDATE SKIP LOCKED
            ) AS w;

            EXIT WHEN due IS NULL;

            UPDATE webtest.agent_messages AS m
            SET
                status = 'failed',
                leased_until = NULL,
                last_error = coalesce(m.last_error, 'the last attempt was not heard of again')
            WHERE m.id = ANY (due)
                AND m.attempts = m.max_attempts;

            RETURN QUERY
            WITH taken AS (
                UPDATE webtest.agent_messages AS m
                SET
                    status = 'delivered',
                    attempts = m.attempts + 1,
                    leased_until = pg_catalog.clock_timestamp() + p_lease
                WHERE m.id = ANY (due)
                    AND m.status <> 'failed'
                RETURNING m.*
            )
            SELECT t.*
            FROM taken AS t
            ORDER BY t.id;

            GET DIAGNOSTICS claimed = ROW_COUNT;
            wanted := wanted - claimed;

            -- Nothing claimed: all of them had been tried often enough. There may be more behind.
            EXIT WHEN claimed > 0;
        END LOOP;

        EXIT WHEN wanted = 0;
    END LOOP;
END
$$;

COMMENT ON FUNCTION webtest.claim_messages(text, integer, interval) IS
    'Hands out at most so many messages of an agent that nobody holds, oldest first, for the time '
    'of the lease; in the projects the session''s person edits, or only in app.project_id. Commit, '
    'do the work, then complete or fail each with the attempts it came with. What is not ended '
    'in time is handed out again, and fails after max_attempts. Workers never wait for each other.';

CREATE FUNCTION webtest.complete_message(p_id bigint, p_attempt integer) RETURNS void
LANGUAGE plpgsql
VOLATILE
AS $$
BEGIN
    UPDATE webtest.agent_messages AS m
    SET
        status = 'processed',
        leased_until = NULL,
        processed_at = pg_catalog.clock_timestamp()
    WHERE m.id = p_id
        AND m.status = 'delivered'
        AND m.attempts = p_attempt;

    IF NOT FOUND THEN
        RAISE EXCEPTION 'attempt % of message % is not the one under way', p_attempt, p_id
            USING
                ERRCODE = 'object_not_in_prerequisite_state',
                HINT = 'Roll back what was done for it: the lease ran out and another attempt has '
                    'it, or it is ended, or this session may not edit its project.';
    END IF;
END
$$;

COMMENT ON FUNCTION webtest.complete_message(bigint, integer) IS
    'Ends a message as processed. Call it in the transaction that does the work, with the attempts '
    'the message was claimed with: an attempt that is no longer the last gets an error, and its '
    'work is rolled back.';

CREATE FUNCTION webtest.fail_message(
    p_id bigint,
    p_attempt integer,
    p_error text,
    p_retry_after interval DEFAULT '30 seconds'
) RETURNS varchar
LANGUAGE plpgsql
VOLATILE
AS $$
DECLARE
    outcome      varchar;
BEGIN
    UPDATE webtest.agent_messages AS m
    SET
        status = CASE
            WHEN m.attempts < m.max_attempts AND p_retry_after IS NOT NULL THEN 'delivered'
            ELSE 'failed'
        END,
        leased_until = CASE
            WHEN m.attempts < m.max_attempts THEN pg_catalog.clock_timestamp() + p_retry_after
        END,
        last_error = p_error
    WHERE m.id = p_id
        AND m.status = 'delivered'
        AND m.attempts = p_attempt
    RETURNING m.status
    INTO outcome;

    IF NOT FOUND THEN
        RAISE EXCEPTION 'attempt % of message % is not the one under way', p_attempt, p_id
            USING
                ERRCODE = 'object_not_in_prerequisite_state',
                HINT = 'Nothing to do: the lease ran out and another attempt has it, or it is '
                    'ended, or this session may not edit its project.';
    END IF;

    RETURN outcome;
END
$$;

COMMENT ON FUNCTION webtest.fail_message(bigint, integer, text, interval) IS
    'Gives a message back with what went wrong, to be tried again after that time; for good where '
    'the time is NULL, or this was the last of max_attempts. Returns its status: delivered (to be '
    'tried again) or failed.';

REVOKE ALL ON FUNCTION webtest.claim_messages(text, integer, interval) FROM PUBLIC;
REVOKE ALL ON FUNCTION webtest.complete_message(bigint, integer) FROM PUBLIC;
REVOKE ALL ON FUNCTION webtest.fail_message(bigint, integer, text, interval) FROM PUBLIC;

GRANT EXECUTE ON FUNCTION webtest.claim_messages(text, integer, interval) TO authenticated_users;
GRANT EXECUTE ON FUNCTION webtest.complete_message(bigint, integer) TO authenticated_users;
GRANT EXECUTE ON FUNCTION webtest.fail_message(bigint, integer, text, interval) TO
    authenticated_users;
