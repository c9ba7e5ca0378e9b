#!lua flags=allow-oom
-- Say that a worker lives; a worker whose record has lapsed is entered anew.
-- KEYS: worker hash, workers set, then the workers set of each of its queues
-- ARGV: lease in seconds, field, value, field, value...
redis.call('HSET', KEYS[1], unpack(ARGV, 2))
redis.call('EXPIRE', KEYS[1], ARGV[1])
for i = 2, #KEYS do
  redis.call('SADD', KEYS[i], KEYS[1])
end
return 1
