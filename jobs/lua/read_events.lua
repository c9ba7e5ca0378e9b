#!lua flags=allow-oom
-- Read the first events for webhooks. Producers may write some themselves: what no script of ours can
-- have written for its length is dropped, and a reader gets no more than it can hold.
-- KEYS: list of events
-- ARGV: most events, most bytes of one, most bytes of all
-- Returns the events (JSON).
local found, bytes, place = {}, 0, 0
while place < tonumber(ARGV[1]) do
  local event = redis.call('LINDEX', KEYS[1], place)
  if not event then
    break
  end
  if #event > tonumber(ARGV[2]) then
    redis.call('LREM', KEYS[1], 1, event)
  else
    bytes = bytes + #event
    if bytes > tonumber(ARGV[3]) and place > 0 then
      break
    end
    table.insert(found, event)
    place = place + 1
  end
end
return found
