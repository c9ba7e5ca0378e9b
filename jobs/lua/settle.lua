#!lua flags=allow-oom
-- allow-oom: ending work must be possible when memory for new work has run out.
-- End a worker's hold on a job: finished, failed, canceled, or queued again.
-- Used by the worker that holds it and, in a dead worker's name, by the janitor.
-- KEYS: job hash, held, waiting characters, bell, queue names, counters, what owners have, list of events
--       for webhooks, then the worker's hash, each queue's list and its sets of started, finished, failed
--       and cancelled jobs, then of each queue its turns and its lists of the owner's jobs and of nobody's
-- ARGV: RQ's prefix, job id, worker name, execution id ('' from the janitor), new status ("queued" is at the front,
--       "queued-last" at the back), lifetime of an ended record in seconds, now (ISO), now (seconds),
--       bell length, what to count if it gets that status (JSON: counter to amount), what our own keys
--       begin with, owner, field, value, field, value...
-- Returns the status that the job has by this, or false where the worker does not hold it any more:
-- then nothing is changed.
-- include: turns
local job, held, waiting, bell, names, counters, owners, events, worker = unpack(KEYS)
local prefix, id, worker_name, execution_id, status = unpack(ARGV)
local lifetime, now, now_seconds, bell_length =
  tonumber(ARGV[6]), ARGV[7], tonumber(ARGV[8]), tonumber(ARGV[9])
local own, owner = ARGV[11], ARGV[12]

-- What a message tells of a result: a result may also list all that has no sound, and be long.
local function facts_of(outcome)
  local is_json, result = pcall(cjson.decode, outcome or '')
  local facts = {}
  for _, field in ipairs({'output_file', 'format', 'audio_seconds', 'characters', 'sha256'}) do
    facts[field] = is_json and type(result) == 'table' and result[field] or nil
  end
  return facts
end

local execution = redis.call('HGET', job, 'execution')
if redis.call('HGET', held, id) ~= worker_name or (execution_id ~= '' and execution ~= execution_id) then
  -- Said twice because the first answer was lost: it is done.
  if execution_id ~= '' and redis.call('HGET', job, 'settled_execution') == execution_id then
    return redis.call('HGET', job, 'settled_status')
  end
  return false
end
-- The janitor must not take a job from a worker that lives.
if execution_id == '' and redis.call('EXISTS', worker) == 1 then
  return false
end
redis.call('HDEL', held, id)
count_owned(owners, owner, {running = -1})

local name = redis.call('HGET', job, 'origin')
if not name then
  return false
end
local declared = {}
for _, key in ipairs(KEYS) do
  declared[key] = true
end
local queue = prefix .. ':queue:' .. name
if not declared[queue] then
  -- Somebody has overwritten the queue of a job of ours.
  queue = KEYS[10]
  name = queue:sub(#prefix + 8)
  redis.call('HSET', job, 'origin', name)
end
if execution then
  redis.call('ZREM', prefix .. ':wip:' .. name, id .. ':' .. execution)
end

local place = status == 'queued-last' and 'RPUSH' or 'LPUSH'
if status == 'queued-last' then
  status = 'queued'
end
local asked = status
-- Somebody asked for the end after the worker had last looked.
if status == 'queued' and (redis.call('HGET', job, 'cancel') or '') ~= '' then
  status = 'canceled'
end
redis.call('HSET', job, 'status', status, 'settled_execution', execution_id, 'settled_status', status,
  unpack(ARGV, 13))
if status == asked then
  for counter, amount in pairs(cjson.decode(ARGV[10])) do
    redis.call('HINCRBYFLOAT', counters, counter, amount)
  end
end

if status == 'queued' then
  local characters = (redis.call('HGET', job, 'characters') or ''):match('^%d+$') or '0'
  redis.call('HSET', job, 'worker_name', '')
  redis.call('SADD', names, queue)
  if declared[own .. ':turns:' .. name] then
    enter_turn(own .. ':turns:' .. name, own .. ':owned:' .. name .. ':' .. owner, owner, id, place,
      redis.call('LLEN', queue) > 0)
  end
  redis.call(place, queue, id)
  redis.pcall('HINCRBY', waiting, name, characters:sub(1, 15))
  count_owned(owners, owner, {jobs = 1, characters = tonumber(characters:sub(1, 15))})
  redis.call('RPUSH', bell, '1')
  redis.call('LTRIM', bell, -bell_length, -1)
else
  local registry = prefix .. ':' .. status .. ':' .. name
  redis.call('HSET', job, 'ended_at', now)
  redis.call('ZADD', registry, now_seconds + lifetime, id)
  redis.call('EXPIRE', job, lifetime)
  redis.call('ZREMRANGEBYSCORE', registry, '-inf', now_seconds)
  local outcome = status == 'canceled' and 'cancelled' or status
  local callbacks, result, why = unpack(redis.call('HMGET', job, 'callbacks', 'outcome', 'error'))
  if callbacks then
    redis.pcall('RPUSH', events, cjson.encode({job = id, status = status, at = now, callbacks = callbacks,
      outcome = facts_of(result), error = why or ''}))
    redis.call('EXPIRE', events, 604800)
  end
  redis.call('HINCRBY', counters, 'jobs_ended|' .. name:gsub('^ktts:', '') .. '|' .. outcome, 1)
end
return status
