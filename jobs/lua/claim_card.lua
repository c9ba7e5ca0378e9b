#!lua flags=allow-oom
-- Give a worker the card that the fewest others use. The claim is a field of the worker's own
-- record: each heartbeat renews it, and with the record it ends.
-- KEYS: worker hash, workers set, then the hashes of all workers
-- ARGV: lease in seconds, the cards that may be had, the best first...
-- Returns the card.
local worker, workers = unpack(KEYS)
local users = {}
for i = 3, #KEYS do
  local card = KEYS[i] ~= worker and redis.call('HGET', KEYS[i], 'card')
  if card then
    users[card] = (users[card] or 0) + 1
  end
end

local chosen = ARGV[2]
for i = 3, #ARGV do
  if (users[ARGV[i]] or 0) < (users[chosen] or 0) then
    chosen = ARGV[i]
  end
end
redis.call('HSET', worker, 'card', chosen)
redis.call('EXPIRE', worker, ARGV[1])
redis.call('SADD', workers, worker)
return chosen
