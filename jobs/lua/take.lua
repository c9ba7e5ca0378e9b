#!lua flags=allow-oom
-- Take the next job for a worker: off its list, marked started and recorded as held, in one step.
-- KEYS: held, waiting characters, takes, worker hash, pending yields
-- ARGV: worker name, execution id, now (ISO), now (seconds), lifetime of a refused record in seconds,
--       rotate every n-th take (0: never), queue names...
-- Returns {queue name, job id, timeout, retries left, deaths, chunks at death}, or false where nothing
-- waits or the worker's heartbeat has lapsed.
local held, waiting, takes, worker, yields = unpack(KEYS)
local worker_name, execution, now = ARGV[1], ARGV[2], ARGV[3]
local now_seconds, lifetime, every = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
local first = 7
local count = #ARGV - first + 1

-- A worker that counts as dead must not hold anything: the janitor would take it back at once.
if redis.call('EXISTS', worker) == 0 then
  return false
end

local function start(name, id)
  local job = 'rq:job:' .. id
  redis.call('HSET', held, id, worker_name)
  redis.call('HSET', job, 'status', 'started', 'worker_name', worker_name, 'execution', execution,
    'started_at', now)
  redis.call('PERSIST', job)
  redis.call('ZADD', 'rq:wip:' .. name, '+inf', id .. ':' .. execution)
  local answer = redis.call('HMGET', job, 'timeout', 'retries_left', 'deaths', 'chunks_at_death')
  return {name, id, unpack(answer)}
end

-- A worker holds one job at a time. One that asks and holds one already has not heard the answer:
-- the connection broke after this script had run. It gets the same job again.
local entries = redis.call('HGETALL', held)
for i = 1, #entries, 2 do
  if entries[i + 1] == worker_name then
    local id = entries[i]
    local job = 'rq:job:' .. id
    local name = redis.call('HGET', job, 'origin')
    if name and redis.call('HGET', job, 'status') == 'started' then
      redis.call('ZREM', 'rq:wip:' .. name, id .. ':' .. (redis.call('HGET', job, 'execution') or ''))
      return start(name, id)
    end
    redis.call('HDEL', held, id)
  end
end

-- Every n-th take starts at another queue, so that bulk work is never starved.
local shift = 0
local take = tonumber(redis.call('GET', takes) or '0') + 1
if every > 0 and take % every == 0 and count > 1 then
  shift = 1 + (take / every) % (count - 1)
end

for i = 0, count - 1 do
  local name = ARGV[first + (i + shift) % count]
  local queue = 'rq:queue:' .. name
  local id = redis.call('LPOP', queue)
  while id do
    local job = 'rq:job:' .. id
    -- A record that was deleted or ended while its id still waited is passed over.
    if redis.call('HGET', job, 'status') == 'queued' then
      local characters = (redis.call('HGET', job, 'characters') or ''):match('^%d+$') or '0'
      redis.pcall('HINCRBY', waiting, name, 0 - tonumber(characters:sub(1, 15)))
      if #id == 32 and id:match('^[0-9a-f]+$') then
        redis.call('SET', takes, take)
        if name == 'interactive' and tonumber(redis.call('GET', yields) or '0') > 0 then
          redis.call('DECR', yields)
        end
        redis.call('HSET', job, 'origin', name)
        return start(name, id)
      end
      -- No producer of ours makes such an id; as a directory's name it could lead anywhere.
      redis.call('HSET', job, 'status', 'failed', 'origin', name, 'ended_at', now, 'error',
        '{"name": "InvalidRequest", "message": "the job\'s id is not 32 hexadecimal digits"}')
      redis.call('ZADD', 'rq:failed:' .. name, now_seconds + lifetime, id)
      redis.call('EXPIRE', job, lifetime)
    end
    id = redis.call('LPOP', queue)
  end
  redis.call('HDEL', waiting, name)
end
return false
