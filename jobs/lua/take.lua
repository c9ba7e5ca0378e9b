#!lua flags=allow-oom
-- Take the next job for a worker: off its list, marked started and recorded as held, in one step.
-- KEYS: held, waiting characters, takes, worker hash, pending yields
-- ARGV: worker name, execution id, now (ISO), rotate every n-th take (0: never), queue names...
-- Returns {queue name, job id}, or false where nothing waits or the worker's heartbeat has lapsed.
local held, waiting, takes, worker, yields = unpack(KEYS)
local worker_name, execution, now, every = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
local count = #ARGV - 4

-- A worker that counts as dead must not hold anything: the janitor would take it back at once.
if redis.call('EXISTS', worker) == 0 then
  return false
end

-- Every n-th take starts at another queue, so that bulk work is never starved.
local shift = 0
local take = tonumber(redis.call('GET', takes) or '0') + 1
if every > 0 and take % every == 0 and count > 1 then
  shift = 1 + (take / every) % (count - 1)
end

for i = 0, count - 1 do
  local name = ARGV[5 + (i + shift) % count]
  local queue = 'rq:queue:' .. name
  local id = redis.call('LPOP', queue)
  while id do
    local job = 'rq:job:' .. id
    -- A record that was deleted or ended while its id still waited is passed over.
    if redis.call('HGET', job, 'status') == 'queued' then
      redis.call('SET', takes, take)
      if name == 'interactive' and tonumber(redis.call('GET', yields) or '0') > 0 then
        redis.call('DECR', yields)
      end
      redis.call('HSET', held, id, worker_name)
      redis.call('HINCRBY', waiting, name, -(tonumber(redis.call('HGET', job, 'characters')) or 0))
      redis.call('HSET', job, 'status', 'started', 'worker_name', worker_name, 'execution', execution,
        'started_at', now)
      redis.call('PERSIST', job)
      redis.call('ZADD', 'rq:wip:' .. name, '+inf', id .. ':' .. execution)
      return {name, id}
    end
    id = redis.call('LPOP', queue)
  end
  redis.call('HDEL', waiting, name)
end
return false
