--[[
Lanes and the ring: ready jobs stand in the lane of their school, and schools with ready
work and room take turns by virtual time. A school that has nothing waiting saves nothing
up, and one that comes back still owes the turns it has had.
]]

local function make_ready(q, school, id, order)
  q.ready[#q.ready + 1] = {id = id, school = school, order = order}
end

-- What an operator has stopped: '*' is the whole queue, or school:<school>, type:<type>.
local function is_paused(q, what)
  return there_is(q, 'paused') and call('HEXISTS', q.p .. 'paused', what) == 1
end

-- The types that are paused, a set; nil if none is.
local function paused_types(q)
  local types
  if there_is(q, 'paused') then
    for _, what in ipairs(call('HKEYS', q.p .. 'paused')) do
      local paused = string.match(what, '^type:(.*)$')
      if paused then
        types = types or {}
        types[paused] = true
      end
    end
  end
  return types
end

-- How many schools, or suspects, could be served.
local function work_ready(q)
  return is_paused(q, '*') and 0 or call('ZCARD', q.p .. 'ring') + call('ZCARD', q.p .. 'trial')
end

-- Those of the schools that take no turns: at their cap, or paused.
local function out_of_turn(q, schools)
  local out, paused = {}, {}
  if #schools == 0 then
    return out
  end
  if there_is(q, 'capped') then
    for i, is in ipairs(call('SMISMEMBER', q.p .. 'capped', unpack(schools))) do
      out[schools[i]] = is == 1
    end
  end
  if there_is(q, 'paused') then
    for i, school in ipairs(schools) do
      paused[i] = 'school:' .. school
    end
    for i, who in ipairs(call('HMGET', q.p .. 'paused', unpack(paused))) do
      out[schools[i]] = out[schools[i]] or who ~= false
    end
  end
  return out
end

local function into_ring(q, schools)
  if #schools == 0 then
    return
  end
  local absent, ring = {}, {}
  for i, turn in ipairs(call('ZMSCORE', q.p .. 'ring', unpack(schools))) do
    if not turn then
      absent[#absent + 1] = schools[i]
    end
  end
  if #absent == 0 then
    return
  end
  local turns = call('HMGET', q.p .. 'turns', ':now', unpack(absent))
  for i, school in ipairs(absent) do
    ring[#ring + 1] = math.max(tonumber(turns[1] or '0'), tonumber(turns[i + 1] or '0'))
    ring[#ring + 1] = school
  end
  many('ZADD', q.p .. 'ring', ring)
  q.seldom = nil
end

-- What has become ready goes to its lanes.
local function fill_lanes(q)
  if #q.ready == 0 then
    return
  end
  local lanes, schools, turning = {}, {}, {}
  for _, job in ipairs(q.ready) do
    if not lanes[job.school] then
      lanes[job.school] = {}
      schools[#schools + 1] = job.school
    end
    local lane = lanes[job.school]
    lane[#lane + 1] = job.order
    lane[#lane + 1] = job.id
  end
  q.ready = {}
  local out = out_of_turn(q, schools)
  for _, school in ipairs(schools) do
    many('ZADD', q.p .. 'lane:' .. school, lanes[school])
    if not out[school] then
      turning[#turning + 1] = school
    end
  end
  into_ring(q, turning)
end

-- How many of a school's jobs run; and so many more, or less.
local function load_of(q, school)
  return tonumber(get(q.load, school) or 0)
end

local function change_load(q, school, n)
  local load = load_of(q, school) + n
  put(q.load, school, load > 0 and load)
end

-- Schools (a set) that have a running job less: room again for those that were at their cap.
local function let_turn(q, schools)
  if not there_is(q, 'capped') then
    return
  end
  local again = {}
  for school in pairs(schools) do
    if call('SREM', q.p .. 'capped', school) == 1
        and call('EXISTS', q.p .. 'lane:' .. school) == 1 then
      again[#again + 1] = school
    end
  end
  into_ring(q, again)
end
