#!lua flags=allow-oom
-- Put a job back that its record promises but no list or worker has.
-- KEYS: job hash, held, waiting characters, bell, queue names, counters, what owners have, then each
--       queue's list and its set of started executions, then of each queue its turns and its lists of
--       the owner's jobs and of nobody's
-- ARGV: RQ's prefix, job id, bell length, the counter of jobs put back, what our own keys begin with,
--       owner
-- Returns 1 where it was put back at the front of its queue, 0 where nothing was amiss.
-- include: turns
local job, held, waiting, bell, names, counters, owners = unpack(KEYS)
local prefix, id, bell_length = ARGV[1], ARGV[2], tonumber(ARGV[3])
local own, owner = ARGV[5], ARGV[6]

local status = redis.call('HGET', job, 'status')
local name = redis.call('HGET', job, 'origin')
-- Only submit writes the characters: another program's RQ jobs are not ours to move.
local characters = (redis.call('HGET', job, 'characters') or ''):match('^%d+$')
local declared = {}
for _, key in ipairs(KEYS) do
  declared[key] = true
end
local queue = prefix .. ':queue:' .. (name or '')
if not declared[queue] then
  -- Somebody has overwritten the queue of a job of ours.
  queue = KEYS[8]
  name = queue:sub(#prefix + 8)
end
if not characters or (status ~= 'queued' and status ~= 'started') then
  return 0
end
if status == 'started' and redis.call('HEXISTS', held, id) == 1 then
  return 0
end
if status == 'queued' and redis.call('LPOS', queue, id) then
  return 0
end
local execution = redis.call('HGET', job, 'execution')
if execution then
  redis.call('ZREM', prefix .. ':wip:' .. name, id .. ':' .. execution)
end
redis.call('HSET', job, 'status', 'queued', 'worker_name', '', 'origin', name)
redis.call('SADD', names, queue)
if declared[own .. ':turns:' .. name] then
  enter_turn(own .. ':turns:' .. name, own .. ':owned:' .. name .. ':' .. owner, owner, id, 'LPUSH',
    redis.call('LLEN', queue) > 0)
end
redis.call('LPUSH', queue, id)
redis.pcall('HINCRBY', waiting, name, characters:sub(1, 15))
count_owned(owners, owner, {jobs = 1, characters = tonumber(characters:sub(1, 15))})
redis.call('RPUSH', bell, '1')
redis.call('LTRIM', bell, -bell_length, -1)
redis.call('HINCRBY', counters, ARGV[4], 1)
return 1
