#!lua flags=allow-oom
-- Put a job back that its record promises but no list or worker has.
-- KEYS: job hash, held, waiting characters, bell, queue names, counters, then each queue's list and its
--       set of started executions
-- ARGV: RQ's prefix, job id, bell length, the counter of jobs put back
-- Returns 1 where it was put back at the front of its queue, 0 where nothing was amiss.
local job, held, waiting, bell, names, counters = unpack(KEYS)
local prefix, id, bell_length = ARGV[1], ARGV[2], tonumber(ARGV[3])

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
  queue = KEYS[7]
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
redis.call('LPUSH', queue, id)
redis.pcall('HINCRBY', waiting, name, characters:sub(1, 15))
redis.call('RPUSH', bell, '1')
redis.call('LTRIM', bell, -bell_length, -1)
redis.call('HINCRBY', counters, ARGV[4], 1)
return 1
