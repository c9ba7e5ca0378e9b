#!lua
-- The line above makes a server that is out of memory refuse the script before its first write.
-- Claim an identity, check the bounds and push the job, all or nothing.
-- KEYS: job hash, results stream, queue list, queue names, waiting characters, bell, what owners have,
--       the queue's turns, its list of the owner's jobs, list of events for webhooks, the lists of all
--       queues..., and where a record is to be replaced each queue's sets of finished, failed and
--       cancelled jobs...
-- ARGV: job id, RQ's name of the queue, characters, most jobs, most characters, again (1 or 0),
--       bell length, number of queues, owner, most jobs and most characters of an owner (0 is no
--       bound), now (ISO), most callbacks of one job, callbacks (JSON, one on each line), field, value,
--       field, value...
-- Returns {'submitted'}, {'exists', status}, {'full', jobs, characters}, {'owner_full', the owner's
-- jobs, characters}, {'told', callbacks} where no more can be told of the job or, where there is an
-- ended job and the sets are not given, {'replaces'}.
-- include: turns
local job, results, queue, names, waiting, bell, owners, turns, owned, events = unpack(KEYS)
local id, queue_name, characters = ARGV[1], ARGV[2], tonumber(ARGV[3])
local most_jobs, most_characters, again = tonumber(ARGV[4]), tonumber(ARGV[5]), ARGV[6] == '1'
local bell_length, queue_count = tonumber(ARGV[7]), tonumber(ARGV[8])
local owner, owner_jobs, owner_characters = ARGV[9], tonumber(ARGV[10]), tonumber(ARGV[11])
local now, most_callbacks, wanted = ARGV[12], tonumber(ARGV[13]), ARGV[14]

-- What a message tells of a result: a result may also list all that has no sound, and be long.
local function facts_of(outcome)
  local is_json, result = pcall(cjson.decode, outcome or '')
  local facts = {}
  for _, field in ipairs({'output_file', 'format', 'audio_seconds', 'characters', 'sha256'}) do
    facts[field] = is_json and type(result) == 'table' and result[field] or nil
  end
  return facts
end

local status = redis.call('HGET', job, 'status')
if wanted ~= '' and (status == 'queued' or status == 'started') then
  local known = redis.call('HGET', job, 'callbacks') or ''
  local _, count = known:gsub('[^\n]+', '')
  for callback in wanted:gmatch('[^\n]+') do
    if not ('\n' .. known .. '\n'):find('\n' .. callback .. '\n', 1, true) then
      known, count = known .. '\n' .. callback, count + 1
    end
  end
  if count > most_callbacks then
    return {'told', count}
  end
  redis.call('HSET', job, 'callbacks', known)
elseif wanted ~= '' and status == 'finished' and not again then
  redis.pcall('RPUSH', events, cjson.encode({job = id, status = status, at = now, callbacks = wanted,
    outcome = facts_of(redis.call('HGET', job, 'outcome'))}))
end
if status == 'started' then
  -- Whoever asks for it again no longer wants it to end.
  redis.call('HDEL', job, 'cancel')
end
if status == 'queued' or status == 'started' or (status == 'finished' and not again) then
  -- Counted, so that one who takes his submit back does not end what others wait for.
  redis.pcall('HINCRBY', job, 'submits', 1)
  return {'exists', status}
end

local jobs = 0
for i = 1, queue_count do
  jobs = jobs + redis.call('LLEN', KEYS[10 + i])
end
local total = 0
for _, value in ipairs(redis.call('HVALS', waiting)) do
  total = total + math.max(0, tonumber(value) or 0)
end
-- A single text longer than the bound is still taken when nothing waits; otherwise it never could be.
if jobs >= most_jobs or (jobs > 0 and total + characters > most_characters) then
  return {'full', jobs, total}
end
if owner ~= '' and (owner_jobs > 0 or owner_characters > 0) and is_kind(owners, 'hash') then
  local own, sum = read_count(owners, 'jobs', owner), read_count(owners, 'characters', owner)
  if (owner_jobs > 0 and own >= owner_jobs)
    or (owner_characters > 0 and own > 0 and sum + characters > owner_characters) then
    return {'owner_full', own, sum}
  end
end

-- The record that is replaced may be of another queue.
if status then
  if #KEYS == 10 + queue_count then
    return {'replaces'}
  end
  for i = 11 + queue_count, #KEYS do
    redis.call('ZREM', KEYS[i], id)
  end
end
redis.call('DEL', job, results)
redis.call('HSET', job, unpack(ARGV, 15))
redis.call('SADD', names, queue)
enter_turn(turns, owned, owner, id, 'RPUSH', redis.call('RPUSH', queue, id) > 1)
count_owned(owners, owner, {jobs = 1, characters = characters})
redis.pcall('HINCRBY', waiting, queue_name, characters)
redis.call('RPUSH', bell, '1')
redis.call('LTRIM', bell, -bell_length, -1)
return {'submitted'}
