#!lua flags=allow-oom
-- End an attempt to send the first delivery of a receiver: it is done, tried again later, or given up.
-- KEYS: deliveries that are due, list of the receiver, list of those given up
-- ARGV: name of the receiver, the delivery as it was claimed, as it is now (JSON, '' where it is done),
--       whether it is given up (1 or 0), when the next one is due (seconds), lifetime in seconds, most
--       that are kept of those given up, their lifetime in seconds
-- Returns 1, or 0 where another janitor has moved it on.
local due, list, dead = unpack(KEYS)
local name, before, after, next_due = ARGV[1], ARGV[2], ARGV[3], ARGV[5]
if redis.call('LINDEX', list, 0) ~= before then
  return 0
end
if after ~= '' and ARGV[4] == '0' then
  redis.call('LSET', list, 0, after)
else
  redis.call('LPOP', list)
  if after ~= '' then
    redis.call('RPUSH', dead, after)
    redis.call('LTRIM', dead, 0 - tonumber(ARGV[7]), -1)
    redis.call('EXPIRE', dead, ARGV[8])
  end
end
if redis.call('EXISTS', list) == 1 then
  redis.call('EXPIRE', list, ARGV[6])
  redis.call('ZADD', due, next_due, name)
else
  redis.call('ZREM', due, name)
end
return 1
