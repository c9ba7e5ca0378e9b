#!lua flags=allow-oom
-- Remove the record of a job that has ended without a file, as if it had never been.
-- KEYS: job hash, results stream
-- ARGV: job id
-- Returns 1 where it was removed, 0 where there is none or it has not ended so.
local job, results = unpack(KEYS)
local id = ARGV[1]

local status = redis.call('HGET', job, 'status')
if status ~= 'failed' and status ~= 'canceled' then
  return 0
end
local name = redis.call('HGET', job, 'origin') or ''
redis.call('ZREM', 'rq:failed:' .. name, id)
redis.call('ZREM', 'rq:canceled:' .. name, id)
redis.call('DEL', job, results)
return 1
