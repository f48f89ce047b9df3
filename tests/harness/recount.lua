--[[
Counts every place of a queue again, in one script and so at one instant. KEYS[1] is the
inbox; ARGV[1] 1: records may be trimmed, so the lifetime totals are not compared. Gives
a list of faults, empty when all is right.
]]
local call = redis.call
local p = string.sub(KEYS[1], 1, -6)
local faults = {}

local function fault(...)
  faults[#faults + 1] = string.format(...)
end

local function pairs_of(list)
  local map = {}
  for i = 1, #list, 2 do
    map[list[i]] = list[i + 1]
  end
  return map
end

local function keys(pattern)
  local found = {}
  for _, key in ipairs(call('KEYS', string.gsub(p, '[{}]', '?') .. pattern)) do
    found[#found + 1] = string.sub(key, #p + 1)
  end
  return found
end

-- ---- where each job is ----------------------------------------------------------------

local places = {}

local function found_in(place, id)
  places[id] = places[id] and places[id] .. '+' .. place or place
end

local schools_running, lane_of = {}, {}
for _, key in ipairs(keys('lane:*')) do
  local school = string.sub(key, 6)
  for _, id in ipairs(call('ZRANGE', p .. key, 0, -1)) do
    found_in('lane', id)
    lane_of[id] = school
  end
  local turns = (call('ZSCORE', p .. 'ring', school) and 1 or 0)
    + call('SISMEMBER', p .. 'capped', school) + call('HEXISTS', p .. 'paused', 'school:' .. school)
  if turns ~= 1 then
    fault('school %s has ready jobs and is in the ring, at its cap or paused %d times', school, turns)
  end
end
for _, key in ipairs(keys('held:*')) do
  local type = string.sub(key, 6)
  for _, id in ipairs(call('ZRANGE', p .. key, 0, -1)) do
    found_in('held', id)
    if call('HGET', p .. 'job:' .. id, 'type') ~= type then
      fault('%s is not of the type %s that holds it', id, type)
    end
  end
  if call('HEXISTS', p .. 'paused', 'type:' .. type) + call('HEXISTS', p .. 'paused', 'back:' .. type) ~= 1 then
    fault('jobs of type %s are held, and it is not paused', type)
  end
end
for _, id in ipairs(call('ZRANGE', p .. 'trial', 0, -1)) do
  found_in('trial', id)
end
for _, id in ipairs(call('ZRANGE', p .. 'due', 0, -1)) do
  found_in('due', id)
end
for _, key in ipairs(keys('running:*')) do
  for id, attempt in pairs(pairs_of(call('HGETALL', p .. key))) do
    found_in('running', id)
    local r = call('HMGET', p .. 'job:' .. id, 'school', 'worker', 'attempt')
    local held, school = string.match(attempt, '^(%d+) %a %S+ ([^:]*):')
    if not r[1] then
      fault('%s runs and has no record', id)
    else
      schools_running[r[1]] = (schools_running[r[1]] or 0) + 1
      if 'running:' .. tostring(r[2]) ~= key or r[3] ~= held or r[1] ~= school then
        fault('%s runs as %s/%s and says %s/%s', id, key, attempt, tostring(r[2]), tostring(r[3]))
      end
    end
  end
end

-- Who holds a class, in order.
local holds, first_of = {}, {}
for key, holders in pairs(pairs_of(call('HGETALL', p .. 'live'))) do
  local first, types = true, {}
  for type, id in string.gmatch(holders, '(%S+)=(%S+)') do
    holds[id] = key .. ' ' .. type
    first_of[id] = first
    if not first then
      found_in('behind', id)
    end
    if types[type] and call('EXISTS', p .. 'cancel:' .. types[type]) == 0 then
      fault('%s is held by two jobs of type %s', key, type)
    end
    types[type] = id
    first = false
  end
end

-- ---- every record ------------------------------------------------------------------------

local ENDED = {done = true, failed = true, cancelled = true, joined = true}
local STATES = {lane = 'queued', held = 'queued', trial = 'queued', behind = 'queued', due = 'waiting'}
local counted = {queued = 0, waiting = 0, running = 0, done = 0, failed = 0, cancelled = 0, joined = 0}
local alive, records = 0, 0

local function check_alive(id, r)
  local place = places[id]
  alive = alive + 1
  if not place or string.find(place, '+', 1, true) then
    fault('%s is %s and is in %s', id, r.state, tostring(place))
  elseif place == 'running' then
    if r.state ~= 'running' and r.state ~= 'waiting' then
      fault('%s is leased and says %s', id, r.state)
    end
  elseif STATES[place] ~= r.state then
    fault('%s is in %s and says %s', id, place, r.state)
  end
  if lane_of[id] and lane_of[id] ~= r.school then
    fault('%s of %s is in the lane of %s', id, r.school, lane_of[id])
  end
  if call('HEXISTS', p .. 'bodies', id) == 0 then
    fault('%s has lost its envelope', id)
  end
  local needs_class = place ~= 'due' or tonumber(r.attempt) > 0
  if needs_class and holds[id] ~= r.school .. ':' .. r.class .. ' ' .. (r.like or r.type) then
    fault('%s should hold %s:%s and holds %s', id, r.school, r.class, tostring(holds[id]))
  end
  if place ~= 'behind' and holds[id] and not first_of[id] then
    fault('%s is in %s before its class is free', id, place)
  end
end

local listed = {}
for _, entry in ipairs(call('LRANGE', p .. 'finished', 0, -1)) do
  listed[entry] = true
end
for _, entry in ipairs(call('SMEMBERS', p .. 'unlisted')) do
  if not listed[entry] then
    fault('%s is unlisted and not in finished', entry)
  end
  listed[entry] = nil
end

local function check_ended(id, r)
  if not listed[r.finished_at .. ':' .. id] then
    fault('%s has ended and would never be trimmed', id)
  end
  if places[id] or holds[id] then
    fault('%s is %s and is in %s, holds %s', id, r.state, tostring(places[id]), tostring(holds[id]))
  end
  local dead = call('ZSCORE', p .. 'dead', id)
  if (call('HEXISTS', p .. 'bodies', id) == 1) ~= (dead ~= false) then
    fault('%s has an envelope or is dead, not both', id)
  end
  if call('EXISTS', p .. 'job:' .. id .. ':saved') == 1 then
    fault('%s has ended and keeps its checkpoint', id)
  end
end

for _, key in ipairs(keys('job:*')) do
  local id = string.match(key, '^job:([^:]+)$')
  if id then
    local r = pairs_of(call('HGETALL', p .. key))
    records = records + 1
    counted[r.state or '?'] = (counted[r.state or '?'] or 0) + 1
    if ENDED[r.state] then
      check_ended(id, r)
    else
      check_alive(id, r)
    end
    places[id] = nil
    holds[id] = nil
  end
end
for id, place in pairs(places) do
  fault('%s is in %s and has no record', id, place)
end
for id, what in pairs(holds) do
  fault('%s holds %s and has no record', id, what)
end

-- ---- the counters ------------------------------------------------------------------------

local said = pairs_of(call('HGETALL', p .. 'counts'))
local function compare(name, n)
  if tonumber(said[name] or '0') ~= n then
    fault('counts says %s = %s, there are %d', name, tostring(said[name]), n)
  end
end
local outside = 0
for _, key in ipairs(keys('overflow:*')) do
  outside = outside + call('LLEN', p .. key)
  if call('SISMEMBER', p .. 'overflowing', string.sub(key, 10)) == 0 then
    fault('%s is nobody\'s', key)
  end
end
compare('queued', counted.queued + outside)
compare('waiting', counted.waiting)
compare('running', counted.running)
compare('dead', call('ZCARD', p .. 'dead'))
if ARGV[1] ~= '1' then
  compare('done', counted.done)
  compare('failed', counted.failed + tonumber(said.retried or '0'))
  compare('cancelled', counted.cancelled)
end
if call('HLEN', p .. 'open') ~= call('ZCARD', p .. 'opened') then
  fault('%d checkpoints of jobs that failed, and %d times', call('HLEN', p .. 'open'), call('ZCARD', p .. 'opened'))
end
if call('HLEN', p .. 'bodies') ~= alive + call('ZCARD', p .. 'dead') then
  fault('%d envelopes for %d live and %d dead jobs', call('HLEN', p .. 'bodies'), alive,
    call('ZCARD', p .. 'dead'))
end
if call('LLEN', p .. 'finished') - call('SCARD', p .. 'unlisted') ~= records - alive then
  fault('%d records of ended jobs, %d to be trimmed', records - alive, call('LLEN', p .. 'finished'))
end
local school_running = pairs_of(call('HGETALL', p .. 'school_running'))
for school, n in pairs(schools_running) do
  if tonumber(school_running[school] or '0') ~= n then
    fault('school %s runs %d, says %s', school, n, tostring(school_running[school]))
  end
  school_running[school] = nil
end
for school, n in pairs(school_running) do
  fault('school %s runs none, says %s', school, n)
end
return faults
