"""The queue in Redis: keys, scripts, connection, jobs, their records and their workers."""
