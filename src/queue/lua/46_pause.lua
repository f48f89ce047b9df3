--[[
Pausing: an operator stops the whole queue, a school or a type, and lets it go on. What runs
goes on, and admission does: only nothing more is claimed.

A paused queue gives nothing out. A paused school is out of the ring, as one at its cap is, and
costs nothing while it waits. Of a paused type nobody knows where in the lanes its jobs stand:
each is put aside (held:<type>) when its turn comes, and goes back to the place that it had.
]]
local BACK_MAX = 100            -- jobs that go back in one call

-- A school that is taken out of the ring remembers its turn, as long as somebody is in it.
local function leave_ring(q, school)
  local turn = call('ZSCORE', q.p .. 'ring', school)
  if turn then
    call('ZREM', q.p .. 'ring', school)
    call('HSET', q.p .. 'turns', school, turn)
  end
  if call('EXISTS', q.p .. 'ring') == 0 then
    call('UNLINK', q.p .. 'turns')
  end
  call('SREM', q.p .. 'capped', school)
end

-- Some of a type that goes on; gives how many are left.
local function bring_back(q, type)
  local held = q.p .. 'held:' .. type
  local popped = call('ZPOPMIN', held, BACK_MAX)
  for i = 1, #popped, 2 do
    local school = call('HGET', q.p .. 'job:' .. popped[i], 'school')
    if school then
      make_ready(q, school, popped[i], popped[i + 1])
    end
  end
  fill_lanes(q)
  local left = call('ZCARD', held)
  if left == 0 then
    call('HDEL', q.p .. 'paused', 'back:' .. type)
  end
  return left
end

-- Whoever let a type go on may have died half-way. True when there is more to bring back.
local function bring_some_back(q)
  for _, what in ipairs(there_is(q, 'paused') and call('HKEYS', q.p .. 'paused') or {}) do
    local type = string.match(what, '^back:(.*)$')
    if type then
      return bring_back(q, type) > 0
    end
  end
  return false
end

-- what who: 1, or 0 when it was paused already.
local function pause(keys, args)
  local q, what = open_call(keys), args[1]
  if call('HSETNX', q.p .. 'paused', what, q.at .. ' ' .. args[2]) == 0 then
    return 0
  end
  local kind, name = string.match(what, '^(%a+):(.*)$')
  if kind == 'school' then
    leave_ring(q, name)
  elseif kind == 'type' then
    call('HDEL', q.p .. 'paused', 'back:' .. name)
  end
  return 1
end

-- what: {1 if it was paused, how many jobs are still to be put back: call again until 0}.
local function resume(keys, args)
  local q, what, left = open_call(keys), args[1], 0
  local kind, name = string.match(what, '^(%a+):(.*)$')
  local since = call('HGET', q.p .. 'paused', what)
  call('HDEL', q.p .. 'paused', what)
  q.seldom = nil
  if kind == 'school' and since and call('EXISTS', q.p .. 'lane:' .. name) == 1 then
    into_ring(q, {name})
  elseif kind == 'type' then
    if since then
      call('HSET', q.p .. 'paused', 'back:' .. name, since)
      q.seldom = nil
    end
    left = bring_back(q, name)
  end
  settle(q)
  wake(q)
  return {since and 1 or 0, left}
end
