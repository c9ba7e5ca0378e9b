#!lua flags=allow-oom
-- Say that a worker lives; a worker whose record has lapsed is entered anew.
-- KEYS: worker hash, counters, workers set, then the workers set of each of its queues
-- ARGV: lease in seconds, what has happened since the last beat (JSON: counter to amount),
--       field, value, field, value...
redis.call('HSET', KEYS[1], unpack(ARGV, 3))
redis.call('EXPIRE', KEYS[1], ARGV[1])
for counter, amount in pairs(cjson.decode(ARGV[2])) do
  redis.call('HINCRBYFLOAT', KEYS[2], counter, amount)
end
for i = 3, #KEYS do
  redis.call('SADD', KEYS[i], KEYS[1])
end
return 1
