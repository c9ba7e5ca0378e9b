-- Shared by the scripts that say so: whose turn it is in a queue. Beside the queue's own list, which
-- has every waiting job, each owner has a list of those of theirs, and a sorted set has the owners by
-- turn. Both are there while a job waits that has an owner; else a queue is first come, first served.
-- What has no owner is of ''.
local function is_kind(key, kind)
  -- Any producer may have put another kind of value there.
  local found = redis.call('TYPE', key).ok
  if found ~= 'none' and found ~= kind then
    redis.call('DEL', key)
  end
  return found == kind
end

-- Return whose a job is, by its record; a name that none can have is nobody's.
local function owner_of(job)
  local name = redis.pcall('HGET', job, 'owner')
  local is_name = type(name) == 'string' and #name <= 64 and name:match('^[%w_][%w_.@+:-]*$')
  return is_name and name or ''
end

local function read_count(owners, what, owner)
  return math.max(0, tonumber(redis.call('HGET', owners, what .. '|' .. owner) or 0) or 0)
end

-- Change what an owner has in the queues and at the workers; what is nothing is not kept.
local function count_owned(owners, owner, amounts)
  if owner == '' then
    return
  end
  is_kind(owners, 'hash')
  for what, amount in pairs(amounts) do
    local field = what .. '|' .. owner
    local left = redis.pcall('HINCRBY', owners, field, amount)
    if type(left) ~= 'number' or left <= 0 then
      redis.call('HDEL', owners, field)
    end
  end
end

local function go_last(turns, owner)
  local last = redis.call('ZRANGE', turns, -1, -1, 'WITHSCORES')
  redis.call('ZADD', turns, (tonumber(last[2]) or 0) + 1, owner)
end

-- A job has come into a queue, `push` says at which end; `has_others` is whether some were there.
local function enter_turn(turns, owned, owner, id, push, has_others)
  local has_turns = is_kind(turns, 'zset')
  if owner == '' and not has_turns then
    return
  end
  if not has_turns and has_others then
    redis.call('ZADD', turns, 0, '')
  end
  is_kind(owned, 'list')
  redis.call(push, owned, id)
  if not redis.call('ZSCORE', turns, owner) then
    go_last(turns, owner)
  end
end

-- A job has left a queue; whoever had it taken by a worker goes behind the others.
local function leave_turn(turns, owned, unowned, owner, id, is_taken)
  if not is_kind(turns, 'zset') then
    return
  end
  if is_kind(owned, 'list') then
    redis.call('LREM', owned, 1, id)
  end
  if owner ~= '' and redis.call('LLEN', owned) == 0 then
    redis.call('ZREM', turns, owner)
  elseif is_taken then
    go_last(turns, owner)
  end
  if redis.call('ZCARD', turns) == (redis.call('ZSCORE', turns, '') and 1 or 0) then
    redis.call('DEL', turns)
    redis.call('DEL', unowned)
  end
end

