#!lua flags=allow-oom
-- Take one of the jobs that a worker has seen waiting: off its list, marked started and recorded as
-- held, in one step.
-- KEYS: worker hash, held, waiting characters, takes, pending yields, what owners have, then for each
--       candidate, the most urgent first: job hash, queue list, set of started executions, the queue's
--       turns, its lists of the owner's jobs and of nobody's
-- ARGV: worker name, execution id, now (ISO), RQ's name of the interactive queue, jobs of one owner that
--       may run at once (0 is no bound), then for each candidate: job id, RQ's name of its queue, owner
-- Returns false where the worker's heartbeat has lapsed, otherwise {strangers, taken}: the ids that no
-- producer of ours has put there, and {queue, job id, owner, timeout, retries left, deaths, chunks at
-- death} or {} where none of the candidates waits any more, and how many wait because as many of their
-- owners' jobs run as may.
-- include: turns
local worker, held, waiting, takes, yields, owners = unpack(KEYS, 1, 6)
local worker_name, execution, now, interactive, most_running = unpack(ARGV, 1, 5)
most_running = tonumber(most_running)

-- A worker that counts as dead must not hold anything: the janitor would take it back at once.
if redis.call('EXISTS', worker) == 0 then
  return false
end

local function start(name, id, job, started, owner)
  redis.call('HSET', held, id, worker_name)
  redis.call('HSET', job, 'status', 'started', 'worker_name', worker_name, 'execution', execution,
    'started_at', now, 'origin', name)
  redis.call('PERSIST', job)
  redis.call('ZADD', started, '+inf', id .. ':' .. execution)
  return {name, id, owner, unpack(redis.call('HMGET', job, 'timeout', 'retries_left', 'deaths', 'chunks_at_death'))}
end

local strangers, blocked = {}, 0
for i = 0, (#ARGV - 5) / 3 - 1 do
  local job, queue, started, turns, owned, unowned = unpack(KEYS, 7 + 6 * i, 12 + 6 * i)
  local id, name, listed = unpack(ARGV, 6 + 3 * i, 8 + 3 * i)
  local owner = owner_of(job)
  -- Anybody may put an id there whose record is no hash: it is passed over, too.
  local status = redis.pcall('HGET', job, 'status')
  local characters = redis.pcall('HGET', job, 'characters')
  if redis.call('HGET', held, id) == worker_name then
    -- The worker has not heard the answer: the connection broke after this script had run.
    if status == 'started' then
      redis.call('ZREM', started, id .. ':' .. (redis.call('HGET', job, 'execution') or ''))
      return {strangers, start(name, id, job, started, owner), blocked}
    end
    redis.call('HDEL', held, id)
  elseif status ~= 'queued' then
    -- A record that was deleted or ended while its id still waited is passed over.
    redis.call('LREM', queue, 0, id)
    leave_turn(turns, owned, unowned, listed, id)
  elseif not characters or #id ~= 32 or not id:match('^[0-9a-f]+$') then
    table.insert(strangers, id)
    leave_turn(turns, owned, unowned, listed, id)
  elseif listed ~= '' and listed ~= owner then
    -- Somebody has overwritten whose it is.
    leave_turn(turns, owned, unowned, listed, id)
  elseif owner ~= '' and most_running > 0 and is_kind(owners, 'hash')
    and read_count(owners, 'running', owner) >= most_running then
    blocked = blocked + 1
  elseif redis.call('LREM', queue, 1, id) == 0 then
    leave_turn(turns, owned, unowned, listed, id)
  else
    local number = tonumber((characters:match('^%d+$') or '0'):sub(1, 15))
    if redis.call('LLEN', queue) == 0 then
      redis.call('HDEL', waiting, name)
    else
      redis.pcall('HINCRBY', waiting, name, 0 - number)
    end
    leave_turn(turns, owned, unowned, listed, id, true)
    count_owned(owners, owner, {jobs = -1, characters = 0 - number, running = 1})
    redis.call('INCR', takes)
    if name == interactive and tonumber(redis.call('GET', yields) or '0') > 0 then
      redis.call('DECR', yields)
    end
    return {strangers, start(name, id, job, started, owner), blocked}
  end
end
return {strangers, {}, blocked}
