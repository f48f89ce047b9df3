--[[
Overflow: so many jobs are admitted, with a record each, and the rest wait compactly, as the
texts that were pushed. The inbox is always read on, so that a school behind another's
flood is heard at once: what goes to wait is what a school has pushed beyond its share. When
its lane has room again the worker that has the intake reads on in overflow:<school>, as it
reads the inbox. Within a school the order is kept.
]]
local ADMITTED_MAX = 20000
local SHARE_MIN = 20            -- a school may always have so many
local REFILL_AT = 2             -- its lane is this many times shorter than its share

local function queued(q)
  return tonumber(call('HGET', q.p .. 'counts', 'queued') or '0') + (q.counts.queued or 0)
end

-- How many admitted jobs a school may have. overflowed texts are counted as queued, too.
local function share_of_each(q)
  return math.max(SHARE_MIN, math.floor(ADMITTED_MAX / math.max(1, call('ZCARD', q.p .. 'ring'))))
end

-- Whether a job of this school that comes now has to wait outside.
local function overflows(q, school)
  if q.full_from == nil then
    q.full_from = queued(q) >= ADMITTED_MAX / 2 and share_of_each(q)
    q.lane_sizes = {}
  end
  if there_is(q, 'overflowing') and call('SISMEMBER', q.p .. 'overflowing', school) == 1 then
    return true
  end
  if not q.full_from then
    return false
  end
  local size = q.lane_sizes[school] or call('ZCARD', q.p .. 'lane:' .. school)
  q.lane_sizes[school] = size + 1
  return size >= q.full_from
end

local function overflow(q, school, raw)
  call('RPUSH', q.p .. 'overflow:' .. school, raw)
  call('SADD', q.p .. 'overflowing', school)
  q.seldom.overflowing = true
  add(q, 'queued', 1)
end

-- So many texts of a school came in from there.
local function came_in(q, school, n)
  add(q, 'queued', -n)
  if call('EXISTS', q.p .. 'overflow:' .. school) == 0 then
    call('SREM', q.p .. 'overflowing', school)
    q.seldom = nil
  end
end

-- A school that has room for what waits outside, '' if none has.
local function refill(q)
  if not there_is(q, 'overflowing') then
    return ''
  end
  local share = share_of_each(q)
  for _, school in ipairs(call('SRANDMEMBER', q.p .. 'overflowing', 8)) do
    if call('ZCARD', q.p .. 'lane:' .. school) * REFILL_AT <= share then
      return school
    end
  end
  return ''
end
