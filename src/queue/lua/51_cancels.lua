--[[
Cancels: the flag is a plain SET by the portal, and nobody is told of it. Those that run are
looked at by name, by the worker that runs them (flags). The others are swept: whichever
worker asks first looks at some of the jobs that hold or want a class, then at some that wait
for their time, and so on behind these, until all were looked at; a second later again.

A job that waits for its turn or its time ends as soon as its flag is seen, save one that an
attempt has worked on: a worker must look what came of that first, and the record says in the
meantime who wants it to end.
]]
local sweep
do                              -- the library may have 200 local names: these end here

local SWEPT_AT_ONCE = 32        -- what one call looks at is fetched in pieces, about so large
local PIECES = 8                -- of them in one call
local SWEPT_OUT = 16            -- ended in one call, before it looks at no more
local SWEEP_EVERY_MS = 1000     -- all of them
local SWEEP_ON_MS = 50          -- the next ones

local function ids_of_holders(holders)
  local ids, n = {}, 0
  for i = 2, #holders, 2 do
    local one = string.match(holders[i], '^%S+=(%S+)$')
    if one then
      n = n + 1
      ids[n] = one
    else
      for _, id in string.gmatch(holders[i], '(%S+)=(%S+)') do
        n = n + 1
        ids[n] = id
      end
    end
  end
  return ids
end

local function ids_of_due(due)
  local ids = {}
  for i = 1, #due, 2 do
    ids[#ids + 1] = due[i]
  end
  return ids
end

-- Some of the jobs to be looked at, and where the next ones are; nil behind the last.
local function swept_ids(q, from)
  local place, cursor = string.match(from, '^(%a+) (%d+)$')
  if place == 'live' then
    local page = call('HSCAN', q.p .. 'live', cursor, 'COUNT', SWEPT_AT_ONCE)
    return ids_of_holders(page[2]), page[1] ~= '0' and 'live ' .. page[1] or 'due 0'
  end
  local page = call('ZSCAN', q.p .. 'due', cursor, 'COUNT', SWEPT_AT_ONCE)
  return ids_of_due(page[2]), page[1] ~= '0' and 'due ' .. page[1] or nil
end

local function say_who_cancels(q, id, r, who)
  if r.state == 'queued' and call('HSETNX', q.p .. 'job:' .. id, 'cancelled_by', who) == 1 then
    call('HSET', q.p .. 'job:' .. id, 'rev', r.rev + 1, 'updated_at', q.at)
  end
end

-- True when the job has ended.
local function sweep_one(q, id, r, who)
  if r.worked then
    say_who_cancels(q, id, r, who)
    return false
  elseif r.state == 'waiting' then
    if call('ZREM', q.p .. 'due', id) == 0 then
      return false
    end
    call('HDEL', q.p .. 'job:' .. id, 'retry_at')
  elseif r.state == 'queued' then
    fill_lanes(q)
    if call('ZREM', q.p .. 'lane:' .. r.school, id) == 0 then
      call('ZREM', q.p .. 'held:' .. r.type, id)
    end
  else
    return false
  end
  add(q, r.state, -1)
  call('HSET', q.p .. 'job:' .. id, 'state', 'cancelled', 'cancelled_by', who, 'rev', r.rev + 1,
    'finished_at', q.at, 'updated_at', q.at)
  let_end(q, id, class_key(r.school, r.class), 'cancelled', false, false)
  return true
end

-- Those that somebody wants cancelled, with who, their record and their class.
local function wanted_of(q, ids)
  local wanted, classes = {}, {}
  for i, who in ipairs(all_cancelled_by(q, ids)) do
    if who then
      local r = record_of(q, ids[i])
      wanted[#wanted + 1] = {id = ids[i], who = who, record = r}
      classes[#classes + 1] = class_key(r.school, r.class)
    end
  end
  look_up(q.live, classes)
  return wanted
end

-- worker keep keep_ms: in how many ms it is worth coming again.
function sweep(keys, args)
  local q = open_call(keys, args[1], args[2], args[3])
  local at = call('HMGET', q.p .. 'clock', 'sweep', 'sweep_next')
  local early = tonumber(at[2] or '0') - q.now
  if early > 0 and early <= SWEEP_EVERY_MS then
    return early
  end
  local from, pieces, ended = at[1] or 'live 0', 0, 0
  repeat
    local ids, onward = swept_ids(q, from)
    for _, w in ipairs(wanted_of(q, ids)) do
      ended = ended + (sweep_one(q, w.id, w.record, w.who) and 1 or 0)
    end
    from, pieces = onward, pieces + 1
  until not from or pieces == PIECES or ended >= SWEPT_OUT
  local wait = not from and SWEEP_EVERY_MS or ended > 0 and 0 or SWEEP_ON_MS
  call('HSET', q.p .. 'clock', 'sweep', from or 'live 0', 'sweep_next', text_of(q.now + wait))
  settle(q)
  return wait
end

end
