#!lua flags=allow-oom
-- Remove the record of a job that has ended without a file, as if it had never been.
-- KEYS: job hash, results stream, then each queue's sets of failed and cancelled jobs
-- ARGV: job id
-- Returns 1 where it was removed, 0 where there is none or it has not ended so.
local job, results = unpack(KEYS)

local status = redis.call('HGET', job, 'status')
if status ~= 'failed' and status ~= 'canceled' then
  return 0
end
for i = 3, #KEYS do
  redis.call('ZREM', KEYS[i], ARGV[1])
end
redis.call('DEL', job, results)
return 1
