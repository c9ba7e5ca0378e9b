#!lua flags=allow-oom
-- Count the characters that wait by the records of the jobs themselves: the hash that holds them is
-- kept by producers, who may have written anything there.
-- KEYS: waiting characters, queue lists..., then the hashes of the jobs that were seen waiting
-- ARGV: whether to write the counts (1 or 0), number of queues, what the keys of jobs begin with,
--       RQ's names of the queues, in the order of the lists
-- Returns the characters that wait in each queue.
local waiting, queue_count, prefix = KEYS[1], tonumber(ARGV[2]), ARGV[3]
local declared = {}
for i = 2 + queue_count, #KEYS do
  declared[KEYS[i]] = true
end
local counts = {}
for i = 1, queue_count do
  local total = 0
  for _, id in ipairs(redis.call('LRANGE', KEYS[1 + i], 0, -1)) do
    local characters = declared[prefix .. id] and redis.pcall('HGET', prefix .. id, 'characters')
    local digits = type(characters) == 'string' and characters:match('^%d+$') or '0'
    total = total + tonumber(digits:sub(1, 15))
  end
  counts[i] = total
end
if ARGV[1] == '1' then
  redis.call('DEL', waiting)
  for i, total in ipairs(counts) do
    if total > 0 then
      redis.call('HSET', waiting, ARGV[3 + i], string.format('%.0f', total))
    end
  end
end
return counts
