--[[
Classes: jobs of one class run one after the other, and of one type there is only one.
live says of each class who holds it and who waits behind, in order.
]]

-- No school has a colon in its name.
local function class_key(school, class)
  return school .. ':' .. class
end

-- Where a job of this class that is free to run now would go on.
local function advance(q, id)
  local f = q.fresh[id]
  if f then
    if f.state == 'queued' then
      make_ready(q, f.school, id, f.order)
    end
    return
  end
  local r = call('HMGET', q.p .. 'job:' .. id, 'school', 'order', 'state')
  if r[3] == 'queued' then
    make_ready(q, r[1], id, r[2])
  end
end

-- Gives the class to the next job that waits for it.
local function leave_class(q, key, id)
  local holders = get(q.live, key)
  if not holders then
    return
  end
  if not string.find(holders, ' ', 1, true) then
    if string.sub(holders, -#id - 1) == '=' .. id then
      put(q.live, key, false)
    end
    return
  end
  local rest, next_id, was_first, n = {}, nil, false, 0
  for t, i in string.gmatch(holders, '(%S+)=(%S+)') do
    n = n + 1
    if i == id then
      was_first = n == 1
    else
      rest[#rest + 1] = t .. '=' .. i
      next_id = next_id or i
    end
  end
  put(q.live, key, #rest > 0 and table.concat(rest, ' '))
  if was_first and next_id then
    advance(q, next_id)
  end
end

-- A job that has ended, or whose record is gone, holds nothing, whatever live says.
local ALIVE = {queued = true, running = true, waiting = true}

local function is_alive(q, id)
  return q.fresh[id] or ALIVE[call('HGET', q.p .. 'job:' .. id, 'state')]
end

-- Nobody joins a job that is being cancelled, and nobody waits for one that is gone.
-- Returns nil when the job may go to its lane, 'behind', or 'joins' and the id.
local function hold_class(q, key, type, id)
  local holders = get(q.live, key)
  if not holders then
    put(q.live, key, type .. '=' .. id)
    return nil
  end
  local first = true
  for t, i in string.gmatch(holders, '(%S+)=(%S+)') do
    if i == id then
      return not first and 'behind' or nil
    end
    if not is_alive(q, i) then
      leave_class(q, key, i)
      return hold_class(q, key, type, id)
    end
    if t == type and call('EXISTS', q.p .. 'cancel:' .. i) == 0 then
      return 'joins', i
    end
    first = false
  end
  put(q.live, key, holders .. ' ' .. type .. '=' .. id)
  return 'behind'
end
