"""The queue in Redis: keys, connection, jobs and their records, what waits and who works."""
