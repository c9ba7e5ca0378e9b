#!lua flags=allow-oom
-- End a job that waits in a queue of ours and that no producer of ours has made.
-- KEYS: job hash, queue list, set of failed jobs, results stream
-- ARGV: job id, RQ's name of the queue, now (ISO), now (seconds), lifetime in seconds, why (JSON),
--       why as RQ packs it in a result
-- Returns 1 where it was refused, 0 where it does not wait any more.
local job, queue, failed, results = unpack(KEYS)
local id, name, now, now_seconds, lifetime, why, exc_string = unpack(ARGV)

if redis.call('LREM', queue, 0, id) == 0 then
  return 0
end
redis.call('HSET', job, 'status', 'failed', 'origin', name, 'ended_at', now, 'error', why)
redis.call('EXPIRE', job, lifetime)
redis.call('ZADD', failed, now_seconds + lifetime, id)
-- What RQ's Job.latest_result reads: 2 is a failure.
redis.call('XADD', results, '*', 'type', 2, 'worker_name', '', 'exc_string', exc_string)
redis.call('EXPIRE', results, lifetime)
return 1
