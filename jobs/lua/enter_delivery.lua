#!lua flags=allow-oom
-- Move an event of a job's life, or a delivery that was given up, to where it waits to be sent: nobody
-- else does it again, and no other time.
-- KEYS: list that it is in, deliveries that are due, then the list of each receiver that is told
-- ARGV: entry of the list, now (seconds), lifetime in seconds, then for each receiver its name and the
--       delivery (JSON)
-- Returns 1 where it was moved, 0 where it is not there any more.
if redis.call('LREM', KEYS[1], 1, ARGV[1]) == 0 then
  return 0
end
for i = 3, #KEYS do
  redis.call('RPUSH', KEYS[i], ARGV[2 * i - 1])
  redis.call('EXPIRE', KEYS[i], ARGV[3])
  -- Behind one that is tried again later it waits for its turn.
  redis.call('ZADD', KEYS[2], 'NX', ARGV[2], ARGV[2 * i - 2])
end
return 1
