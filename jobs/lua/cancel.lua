#!lua flags=allow-oom
-- Cancel a job: at once where it waits, by leaving a request where it runs.
-- KEYS: job hash, waiting characters
-- ARGV: job id, request ("keep", "drop", "force-keep" or "force-drop"), lifetime in seconds,
--       now (ISO), now (seconds), only take back one submit where there were others (1 or 0)
-- Returns the status before, or false where there is no such job.
local job, waiting = unpack(KEYS)
local id, request, lifetime = ARGV[1], ARGV[2], tonumber(ARGV[3])
local now, now_seconds = ARGV[4], tonumber(ARGV[5])

local status = redis.call('HGET', job, 'status')
if ARGV[6] == '1' and (status == 'queued' or status == 'started') then
  -- Anybody may have written a number that is none: then nobody else is known to want the job.
  local others = redis.pcall('HINCRBY', job, 'submits', -1)
  if type(others) == 'number' and others > 0 then
    return status
  end
end
if status == 'started' then
  redis.call('HSET', job, 'cancel', request)
elseif status == 'queued' then
  local name = redis.call('HGET', job, 'origin') or ''
  if redis.call('LREM', 'rq:queue:' .. name, 1, id) == 1 then
    local characters = (redis.call('HGET', job, 'characters') or ''):match('^%d+$') or '0'
    redis.pcall('HINCRBY', waiting, name, 0 - tonumber(characters:sub(1, 15)))
  end
  redis.call('HSET', job, 'status', 'canceled', 'cancel', request, 'ended_at', now)
  redis.call('ZADD', 'rq:canceled:' .. name, now_seconds + lifetime, id)
  redis.call('EXPIRE', job, lifetime)
end
return status
