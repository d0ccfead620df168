-- partitions
--
-- Question: How many months can each partitioned log still be written?
-- Read:     months_ahead counts the months after this one that have their partition: 12 after every
--           footing migrate. Without one a row of that month is refused.
-- Do:       below 2 run footing migrate, or as footing_owner ops.create_partitions_ahead(). Above 60
--           partitions planning slows down: detach old months.
SELECT
    c.schema_name AS schema,
    c.table_name AS table,
    c.partitions,
    c.oldest_month,
    c.newest_month,
    c.months_ahead,
    CASE
        WHEN c.months_ahead < 2 THEN 'footing migrate'
        WHEN c.partitions > 60 THEN 'detach the oldest months'
    END AS advice
FROM ops.partition_coverage AS c
ORDER BY c.months_ahead, c.schema_name, c.table_name;
