#!lua flags=allow-oom
-- Count what waits, and what owners have, by the records of the jobs themselves: producers keep the
-- hashes and lists that say so, and may have written anything there.
-- KEYS: waiting characters, what owners have, queue lists..., their turns..., for each queue its lists of
--       the known owners' jobs..., the hashes of the jobs that were seen, and held, unless a producer
--       asks, who may not read it so: then what runs is left as it was counted
-- ARGV: whether to write the counts (1 or 0), number of queues, number of known owners, number of jobs
--       seen, what the keys of jobs begin with, RQ's names of the queues, in the order of the lists, then
--       the known owners, '' among them
-- Returns the characters that wait in each queue, then 1 where no job or owner came meanwhile: else
-- nothing of owners was written.
-- include: turns
local waiting, owners = KEYS[1], KEYS[2]
local queue_count, owner_count, job_count = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local prefix = ARGV[5]
local first_list, first_job = 3 + 2 * queue_count, 3 + 2 * queue_count + queue_count * owner_count
local held = KEYS[first_job + job_count]
local declared, known = {}, {}
for i = first_job, first_job + job_count - 1 do
  declared[KEYS[i]] = true
end
for i = 1, owner_count do
  known[ARGV[5 + queue_count + i]] = {jobs = 0, characters = 0, running = 0}
end

local is_complete = true
local function find_owner(id)
  local owner = declared[prefix .. id] and owner_of(prefix .. id)
  if not owner or not known[owner] then
    is_complete = false
  end
  return known[owner] and owner or ''
end

local counts, ids = {}, {}
for i = 1, queue_count do
  local total = 0
  ids[i] = {}
  for _, id in ipairs(redis.call('LRANGE', KEYS[2 + i], 0, -1)) do
    local characters = declared[prefix .. id] and redis.pcall('HGET', prefix .. id, 'characters')
    local digits = type(characters) == 'string' and characters:match('^%d+$') or '0'
    local owner, number = find_owner(id), tonumber(digits:sub(1, 15))
    total = total + number
    if owner_count > 1 then
      known[owner].jobs = known[owner].jobs + 1
      known[owner].characters = known[owner].characters + number
      ids[i][owner] = ids[i][owner] or {}
      table.insert(ids[i][owner], id)
    end
  end
  counts[i] = total
end
for _, id in ipairs(held and redis.call('HKEYS', held) or {}) do
  local owner = find_owner(id)
  if owner ~= '' then
    known[owner].running = known[owner].running + 1
  end
end

-- Write an owner's list where it is not so already.
local function write_list(key, wanted)
  if is_kind(key, 'list') then
    local now, is_same = redis.call('LRANGE', key, 0, -1), true
    for i = 1, math.max(#now, #wanted) do
      is_same = is_same and now[i] == wanted[i]
    end
    if is_same then
      return
    end
    redis.call('DEL', key)
  end
  for i = 1, #wanted, 1000 do
    redis.call('RPUSH', key, unpack(wanted, i, math.min(i + 999, #wanted)))
  end
end

local function write_turns(i)
  local turns, order, is_named, is_listed = KEYS[2 + queue_count + i], {}, false, {}
  local before = is_kind(turns, 'zset') and redis.call('ZRANGE', turns, 0, -1) or {}
  for k = 1, owner_count do
    table.insert(before, ARGV[5 + queue_count + k])
  end
  for _, owner in ipairs(before) do
    if ids[i][owner] and not is_listed[owner] then
      is_listed[owner] = true
      is_named = is_named or owner ~= ''
      table.insert(order, owner)
    end
  end
  redis.call('DEL', turns)
  for k = 1, owner_count do
    local owner = ARGV[5 + queue_count + k]
    write_list(KEYS[first_list + (i - 1) * owner_count + k - 1], is_named and ids[i][owner] or {})
  end
  for place, owner in ipairs(is_named and order or {}) do
    redis.call('ZADD', turns, place, owner)
  end
end

if ARGV[1] == '1' then
  redis.call('DEL', waiting)
  for i, total in ipairs(counts) do
    if total > 0 then
      redis.call('HSET', waiting, ARGV[5 + i], string.format('%.0f', total))
    end
  end
  if is_complete then
    for _, field in ipairs(is_kind(owners, 'hash') and redis.call('HKEYS', owners) or {}) do
      if held or not field:match('^running|') then
        redis.call('HDEL', owners, field)
      end
    end
    for owner, amounts in pairs(known) do
      if owner ~= '' then
        amounts.running = held and amounts.running
        count_owned(owners, owner, amounts)
      end
    end
    for i = 1, queue_count do
      write_turns(i)
    end
  end
end
counts[queue_count + 1] = is_complete and 1 or 0
return counts
