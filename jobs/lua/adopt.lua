#!lua flags=allow-oom
-- Move a job of ours from a queue's old name to its present one: its place in the list where it
-- waits, its entry in a registry where it has ended.
-- KEYS: job hash, waiting characters, bell, queue names, old list, list, then old and present set of
--       the finished, the failed and the cancelled jobs
-- ARGV: job id, the queue's old name, its name, bell length
-- Returns 1 where it was moved, else 0.
local job, waiting, bell, names, old_queue, queue = unpack(KEYS)
local id, old_name, name, bell_length = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])

-- Only submit writes the characters: another program's jobs are not ours to move.
local characters = (redis.call('HGET', job, 'characters') or ''):match('^%d+$')
if not characters or redis.call('HGET', job, 'origin') ~= old_name then
  return 0
end
local status = redis.call('HGET', job, 'status')
if status == 'queued' then
  if redis.call('LREM', old_queue, 1, id) == 0 then
    return 0
  end
  redis.call('SADD', names, queue)
  redis.call('RPUSH', queue, id)
  redis.pcall('HINCRBY', waiting, old_name, 0 - tonumber(characters:sub(1, 15)))
  redis.pcall('HINCRBY', waiting, name, characters:sub(1, 15))
  redis.call('RPUSH', bell, '1')
  redis.call('LTRIM', bell, -bell_length, -1)
else
  local first = ({finished = 7, failed = 9, canceled = 11})[status]
  local expiry = first and redis.call('ZSCORE', KEYS[first], id)
  if not expiry then
    return 0
  end
  redis.call('ZREM', KEYS[first], id)
  redis.call('ZADD', KEYS[first + 1], expiry, id)
end
redis.call('HSET', job, 'origin', name)
return 1
