#!lua flags=allow-oom
-- Lease the first delivery to a receiver, so that no other janitor sends it meanwhile.
-- KEYS: deliveries that are due, list of the receiver
-- ARGV: name of the receiver, now (seconds), end of the lease (seconds)
-- Returns the delivery (JSON), or false where none is due.
local due, list = unpack(KEYS)
local score = tonumber(redis.call('ZSCORE', due, ARGV[1]) or 'inf')
if score > tonumber(ARGV[2]) then
  return false
end
local delivery = redis.call('LINDEX', list, 0)
if delivery then
  redis.call('ZADD', due, ARGV[3], ARGV[1])
else
  redis.call('ZREM', due, ARGV[1])
end
return delivery
