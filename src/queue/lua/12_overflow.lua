--[[
Overflow: so many jobs are admitted, with a record each, and the rest wait compactly, as the
texts that were pushed. The inbox is always read on, so that a school behind another's
flood is heard at once: what goes to wait is what a school has pushed beyond its share. When
its lane has room again the worker that has the intake reads on in overflow:<school>, as it
reads the inbox. Within a school the order is kept.

Of a paused type so many jobs are put aside as their turns come, and what comes then waits
outside by itself (overflow::<type>), in the way of nothing else of its school.
]]
local ADMITTED_MAX = 20000
local SHARE_MIN = 20            -- a school may always have so many
local REFILL_AT = 2             -- its lane is this many times shorter than its share
local ASIDE_FULL = 10000        -- jobs of a paused type

local function queued(q)
  return tonumber(call('HGET', q.p .. 'counts', 'queued') or '0') + (q.counts.queued or 0)
end

-- How many admitted jobs a school may have. overflowed texts are counted as queued, too.
local function share_of_each(q)
  local schools = call('ZCARD', q.p .. 'ring')
  if there_is(q, 'capped') then
    schools = schools + call('SCARD', q.p .. 'capped')
  end
  if there_is(q, 'paused') then
    schools = schools + call('HLEN', q.p .. 'paused')
  end
  return math.max(SHARE_MIN, math.floor(ADMITTED_MAX / math.max(1, schools)))
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

-- Whether a job of this type that comes now has to wait behind others of its type.
local function shelves(q, type)
  q.shelved = q.shelved or {}
  if q.shelved[type] == nil then
    q.shelved[type] = there_is(q, 'overflowing')
        and call('SISMEMBER', q.p .. 'overflowing', ':' .. type) == 1
      or q.paused_types and q.paused_types[type]
        and call('ZCARD', q.p .. 'held:' .. type) >= ASIDE_FULL or false
  end
  return q.shelved[type]
end

local function overflow(q, where, raw)
  call('RPUSH', q.p .. 'overflow:' .. where, raw)
  call('SADD', q.p .. 'overflowing', where)
  if q.seldom then
    q.seldom.overflowing = true
  end
  add(q, 'queued', 1)
end

-- Puts the text of a job outside, where it has to wait there; from says where it was read, ''
-- being the inbox. What has waited for its school does not wait for it again.
local function wait_outside(q, school, type, from, raw)
  if shelves(q, type) and from ~= ':' .. type then
    overflow(q, ':' .. type, raw)
    return true
  elseif not string.find(from, '^[^:]') and overflows(q, school) then
    overflow(q, school, raw)
    return true
  end
  return false
end

-- So many texts came in from there.
local function came_in(q, where, n)
  add(q, 'queued', -n)
  if call('EXISTS', q.p .. 'overflow:' .. where) == 0 then
    call('SREM', q.p .. 'overflowing', where)
    q.seldom = nil
  end
end

-- A school that has room for what waits outside, or a type that has gone on; '' if there is none.
local function refill(q)
  if not there_is(q, 'overflowing') then
    return ''
  end
  local share = share_of_each(q)
  for _, where in ipairs(call('SRANDMEMBER', q.p .. 'overflowing', 8)) do
    local type, ready = string.match(where, '^:(.*)$'), nil
    if type then
      ready = not is_paused(q, 'type:' .. type) and not is_paused(q, 'back:' .. type)
    else
      ready = call('ZCARD', q.p .. 'lane:' .. where) * REFILL_AT <= share
    end
    if ready then
      return where
    end
  end
  return ''
end
