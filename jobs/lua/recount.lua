#!lua flags=allow-oom
-- Count the characters that wait by the records of the jobs themselves: the hash that holds them is
-- kept by producers, who may have written anything there.
-- KEYS: waiting characters, queue lists...
-- ARGV: whether to write the counts (1 or 0), queue names..., in the order of the lists
-- Returns the characters that wait in each queue.
local waiting = KEYS[1]
local counts = {}
for i = 2, #KEYS do
  local total = 0
  for _, id in ipairs(redis.call('LRANGE', KEYS[i], 0, -1)) do
    local characters = redis.pcall('HGET', 'rq:job:' .. id, 'characters')
    local digits = type(characters) == 'string' and characters:match('^%d+$') or '0'
    total = total + tonumber(digits:sub(1, 15))
  end
  counts[i - 1] = total
end
if ARGV[1] == '1' then
  redis.call('DEL', waiting)
  for i, total in ipairs(counts) do
    if total > 0 then
      redis.call('HSET', waiting, ARGV[i + 1], string.format('%.0f', total))
    end
  end
end
return counts
