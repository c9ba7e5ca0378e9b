#!lua flags=allow-oom
-- Take one of the jobs that a worker has seen waiting: off its list, marked started and recorded as
-- held, in one step.
-- KEYS: worker hash, held, waiting characters, takes, pending yields, then for each candidate, the
--       most urgent first: job hash, queue list, set of started executions
-- ARGV: worker name, execution id, now (ISO), RQ's name of the interactive queue, then for each
--       candidate: job id, RQ's name of its queue
-- Returns false where the worker's heartbeat has lapsed, otherwise {strangers, taken}: the ids that no
-- producer of ours has put there, and {queue, job id, timeout, retries left, deaths, chunks at
-- death} or {} where none of the candidates waits any more.
local worker, held, waiting, takes, yields = unpack(KEYS)
local worker_name, execution, now, interactive = unpack(ARGV)

-- A worker that counts as dead must not hold anything: the janitor would take it back at once.
if redis.call('EXISTS', worker) == 0 then
  return false
end

local function start(name, id, job, started)
  redis.call('HSET', held, id, worker_name)
  redis.call('HSET', job, 'status', 'started', 'worker_name', worker_name, 'execution', execution,
    'started_at', now, 'origin', name)
  redis.call('PERSIST', job)
  redis.call('ZADD', started, '+inf', id .. ':' .. execution)
  return {name, id, unpack(redis.call('HMGET', job, 'timeout', 'retries_left', 'deaths', 'chunks_at_death'))}
end

local strangers = {}
for i = 0, (#ARGV - 4) / 2 - 1 do
  local job, queue, started = KEYS[6 + 3 * i], KEYS[7 + 3 * i], KEYS[8 + 3 * i]
  local id, name = ARGV[5 + 2 * i], ARGV[6 + 2 * i]
  -- Anybody may put an id there whose record is no hash: it is passed over, too.
  local status = redis.pcall('HGET', job, 'status')
  local characters = redis.pcall('HGET', job, 'characters')
  if redis.call('HGET', held, id) == worker_name then
    -- The worker has not heard the answer: the connection broke after this script had run.
    if status == 'started' then
      redis.call('ZREM', started, id .. ':' .. (redis.call('HGET', job, 'execution') or ''))
      return {strangers, start(name, id, job, started)}
    end
    redis.call('HDEL', held, id)
  elseif status ~= 'queued' then
    -- A record that was deleted or ended while its id still waited is passed over.
    redis.call('LREM', queue, 0, id)
  elseif not characters or #id ~= 32 or not id:match('^[0-9a-f]+$') then
    table.insert(strangers, id)
  elseif redis.call('LREM', queue, 1, id) == 1 then
    if redis.call('LLEN', queue) == 0 then
      redis.call('HDEL', waiting, name)
    else
      redis.pcall('HINCRBY', waiting, name, 0 - tonumber((characters:match('^%d+$') or '0'):sub(1, 15)))
    end
    redis.call('INCR', takes)
    if name == interactive and tonumber(redis.call('GET', yields) or '0') > 0 then
      redis.call('DECR', yields)
    end
    return {strangers, start(name, id, job, started)}
  end
end
return {strangers, {}}
