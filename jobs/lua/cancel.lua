#!lua flags=allow-oom
-- Cancel a job: at once where it waits, by leaving a request where it runs.
-- KEYS: job hash, waiting characters, what owners have, list of events for webhooks, then of each queue
--       its list and its cancelled jobs, then of each queue its turns and its lists of the owner's jobs
--       and of nobody's
-- ARGV: RQ's prefix, job id, request ("keep", "drop", "force-keep" or "force-drop"), lifetime in
--       seconds, now (ISO), now (seconds), only take back one submit where there were others (1 or 0),
--       what our own keys begin with, owner
-- Returns the status before, or false where there is no such job or it is another program's.
-- include: turns
local job, waiting, owners, events = unpack(KEYS)
local prefix, id, request, lifetime = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
local now, now_seconds = ARGV[5], tonumber(ARGV[6])
local own, owner = ARGV[8], ARGV[9]

local status = redis.call('HGET', job, 'status')
local name = redis.call('HGET', job, 'origin') or ''
-- Only submit writes the characters: another program's job is not ours to cancel.
local characters = redis.call('HGET', job, 'characters')
if not characters then
  return false
end
local declared = {}
for _, key in ipairs(KEYS) do
  declared[key] = true
end
local queue = prefix .. ':queue:' .. name
if not declared[queue] then
  -- Somebody has overwritten the queue of a job of ours.
  queue = KEYS[5]
  name = queue:sub(#prefix + 8)
  redis.call('HSET', job, 'origin', name)
end
if ARGV[7] == '1' and (status == 'queued' or status == 'started') then
  -- Anybody may have written a number that is none: then nobody else is known to want the job.
  local others = redis.pcall('HINCRBY', job, 'submits', -1)
  if type(others) == 'number' and others > 0 then
    return status
  end
end
if status == 'started' then
  redis.call('HSET', job, 'cancel', request)
elseif status == 'queued' then
  if redis.call('LREM', queue, 1, id) == 1 then
    local digits = characters:match('^%d+$') or '0'
    local number = tonumber(digits:sub(1, 15))
    redis.pcall('HINCRBY', waiting, name, 0 - number)
    count_owned(owners, owner, {jobs = -1, characters = 0 - number})
    if declared[own .. ':turns:' .. name] then
      leave_turn(own .. ':turns:' .. name, own .. ':owned:' .. name .. ':' .. owner,
        own .. ':owned:' .. name .. ':', owner, id)
    end
  end
  redis.call('HSET', job, 'status', 'canceled', 'cancel', request, 'ended_at', now)
  redis.call('ZADD', prefix .. ':canceled:' .. name, now_seconds + lifetime, id)
  redis.call('EXPIRE', job, lifetime)
  local callbacks = redis.call('HGET', job, 'callbacks')
  if callbacks then
    redis.pcall('RPUSH', events, cjson.encode({job = id, status = 'canceled', at = now,
      callbacks = callbacks}))
  end
end
return status
