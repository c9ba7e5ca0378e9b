#!lua flags=allow-oom
-- allow-oom: ending work must be possible when memory for new work has run out.
-- End a worker's hold on a job: finished, failed, canceled, or queued again at the front.
-- Used by the worker that holds it and, in a dead worker's name, by the janitor.
-- KEYS: job hash, held, waiting characters, bell, queue names, and from the janitor the worker's
--       hash: then nothing is done while that worker lives
-- ARGV: job id, worker name, new status, lifetime in seconds, now (ISO), now (seconds), bell length,
--       field, value, field, value...
-- Returns 1, or 0 where the worker does not hold the job any more: then nothing is changed.
local job, held, waiting, bell, names, worker = unpack(KEYS)
local id, worker_name, status, lifetime = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
local now, now_seconds, bell_length = ARGV[5], tonumber(ARGV[6]), tonumber(ARGV[7])

if redis.call('HGET', held, id) ~= worker_name then
  return 0
end
if worker and redis.call('EXISTS', worker) == 1 then
  return 0
end
redis.call('HDEL', held, id)

local name = redis.call('HGET', job, 'origin')
if not name then
  return 0
end
local execution = redis.call('HGET', job, 'execution')
if execution then
  redis.call('ZREM', 'rq:wip:' .. name, id .. ':' .. execution)
end
redis.call('HSET', job, 'status', status, unpack(ARGV, 8))

if status == 'queued' then
  local queue = 'rq:queue:' .. name
  redis.call('HSET', job, 'worker_name', '')
  redis.call('SADD', names, queue)
  redis.call('LPUSH', queue, id)
  redis.call('HINCRBY', waiting, name, tonumber(redis.call('HGET', job, 'characters')) or 0)
  redis.call('RPUSH', bell, '1')
  redis.call('LTRIM', bell, -bell_length, -1)
else
  local registry = 'rq:' .. status .. ':' .. name
  redis.call('HSET', job, 'ended_at', now)
  redis.call('ZADD', registry, now_seconds + lifetime, id)
  redis.call('EXPIRE', job, lifetime)
  redis.call('ZREMRANGEBYSCORE', registry, '-inf', now_seconds)
end
return 1
