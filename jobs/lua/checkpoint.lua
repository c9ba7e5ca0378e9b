#!lua flags=allow-oom
-- Publish a running job's progress, and learn whether it is to go on.
-- KEYS: job hash, held, interactive list, pending yields, counters, what owners have, the interactive
--       queue's turns, then the hashes of the workers
-- ARGV: job id, worker name, meta (JSON), may yield (1 or 0), what to count (JSON: counter to amount),
--       RQ's name of the interactive queue, jobs of one owner that may run at once (0 is no bound)
-- Returns {still held (1 or 0), cancel request or '', yield (1 or 0)}.
-- include: turns
local job, held, interactive, yields, counters, owners, turns = unpack(KEYS)
local id, worker_name, meta, may_yield, counts, name = unpack(ARGV)
local most_running = tonumber(ARGV[7])

if redis.call('HGET', held, id) ~= worker_name then
  return {0, '', 0}
end
redis.call('HSET', job, 'meta', meta)
for counter, amount in pairs(cjson.decode(counts)) do
  redis.call('HINCRBYFLOAT', counters, counter, amount)
end
local cancel = redis.call('HGET', job, 'cancel') or ''

-- Say whether an urgent job could be taken if this one made way: the bound of its owner may hold it.
local function is_possible()
  if most_running == 0 or not is_kind(turns, 'zset') or not is_kind(owners, 'hash') then
    return true
  end
  local mine = owner_of(job)
  for _, owner in ipairs(redis.call('ZRANGE', turns, 0, -1)) do
    local running = read_count(owners, 'running', owner) - (owner == mine and 1 or 0)
    if owner == '' or running < most_running then
      return true
    end
  end
  return false
end

-- Give way only where nobody else is free, and only as many as there are urgent jobs.
local yield = 0
local urgent = redis.call('LLEN', interactive)
if may_yield == '1' and urgent > 0 and is_possible() then
  local free = tonumber(redis.call('GET', yields) or '0')
  for i = 8, #KEYS do
    local queues = redis.call('HGET', KEYS[i], 'queues') or ''
    if redis.call('HGET', KEYS[i], 'state') == 'idle'
      and (',' .. queues .. ','):find(',' .. name .. ',', 1, true) then
      free = free + 1
    end
  end
  if urgent > free then
    redis.call('INCR', yields)
    redis.call('EXPIRE', yields, 5)
    yield = 1
  end
end
return {1, cancel, yield}
