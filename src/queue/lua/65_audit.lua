--[[
Audit: looks whether each job is where its record says, and whether the counters are what the
places hold. It writes nothing and looks at a little in each call, so a large queue goes on
meanwhile.

What moves cannot be told as drift: every move is one call, and so is every look. A job is
judged by all its places at one instant. The counters are compared with sizes of places that
are known at once. What can only be added up over many calls is for the caller to look at again.
]]
local audit_jobs, audit_place, audit_sums
do                              -- the library may have 200 local names: these end here

local LEASES_MAX = 3000         -- more are not told apart by what they wait for, in one call
local LANES_MAX = 2000          -- nor are more lanes added up
local ENDED = {done = true, failed = true, cancelled = true, joined = true}
local STATE_IN = {lane = 'queued', trial = 'queued', held = 'queued', behind = 'queued', due = 'waiting'}

-- Whether the job holds its class or wants it: its place among the holders, nil if none; and
-- as what.
local function place_in_class(q, id, key)
  local n = 0
  for type, holder in string.gmatch(call('HGET', q.p .. 'live', key) or '', '(%S+)=(%S+)') do
    n = n + 1
    if holder == id then
      return n, type
    end
  end
  return nil
end

local function places_of(q, id, r, nth)
  local found = {}
  if call('ZSCORE', q.p .. 'lane:' .. r.school, id) then
    found[#found + 1] = 'lane'
  end
  if call('ZSCORE', q.p .. 'held:' .. r.type, id) then
    found[#found + 1] = 'held'
  end
  if call('ZSCORE', q.p .. 'trial', id) then
    found[#found + 1] = 'trial'
  end
  if call('ZSCORE', q.p .. 'due', id) then
    found[#found + 1] = 'due'
  end
  if r.worker ~= '' and call('HEXISTS', q.p .. 'running:' .. r.worker, id) == 1 then
    found[#found + 1] = 'running'
  end
  if nth and nth > 1 then
    found[#found + 1] = 'behind'
  end
  return found
end

local function judge_alive(q, id, r, fault)
  local nth, as = place_in_class(q, id, class_key(r.school, r.class))
  local found = places_of(q, id, r, nth)
  local place = found[1]
  if #found ~= 1 then
    fault(id .. ' is ' .. r.state .. ' and is in ' .. #found .. ' places: ' .. table.concat(found, ', '))
  elseif place == 'running' and r.state ~= 'running' and r.state ~= 'waiting' then
    fault(id .. ' is leased and says ' .. r.state)
  elseif place ~= 'running' and STATE_IN[place] ~= r.state then
    fault(id .. ' is in ' .. place .. ' and says ' .. r.state)
  end
  if call('HEXISTS', q.p .. 'bodies', id) == 0 then
    fault(id .. ' has lost its envelope')
  end
  if (place ~= 'due' or tonumber(r.attempt) > 0) and as ~= r.like then
    fault(id .. ' should hold its class as ' .. r.like .. ' and does as ' .. tostring(as))
  end
end

local function judge_ended(q, id, r, fault)
  local nth = place_in_class(q, id, class_key(r.school, r.class))
  local found = places_of(q, id, r, nth)
  if nth or #found > 0 then
    fault(id .. ' is ' .. r.state .. ' and is in ' .. (found[1] or 'live'))
  end
  if (call('HEXISTS', q.p .. 'bodies', id) == 1) ~= (call('ZSCORE', q.p .. 'dead', id) ~= false) then
    fault(id .. ' has an envelope or is dead, not both')
  end
  if call('EXISTS', q.p .. 'job:' .. id .. ':saved') == 1 then
    fault(id .. ' has ended and keeps its checkpoint')
  end
  local oldest = string.match(call('LINDEX', q.p .. 'finished', 0) or '', '^%d+')
  if not oldest or tonumber(r.finished_at) < tonumber(oldest) then
    fault(id .. ' has ended and would never be trimmed')
  end
end

local function record_for_audit(q, id)
  local r = call('HMGET', q.p .. 'job:' .. id, 'state', 'school', 'class', 'type', 'like', 'worker',
    'attempt', 'finished_at')
  return {state = r[1], school = r[2] or '', class = r[3] or '', type = r[4] or '',
    like = r[5] or r[4] or '', worker = r[6] or '', attempt = r[7] or '0', finished_at = r[8] or '0'}
end

-- id*: {how many of these have ended, fault*}. Those that are gone are no fault.
function audit_jobs(keys, args)
  local q, out = open_call(keys), {0}
  local function fault(what)
    out[#out + 1] = what
  end
  for _, id in ipairs(args) do
    local r = record_for_audit(q, id)
    if ENDED[r.state] then
      out[1] = out[1] + 1
      judge_ended(q, id, r, fault)
    elseif r.state then
      judge_alive(q, id, r, fault)
    end
  end
  return out
end

-- ---- what a place holds ------------------------------------------------------------------

-- Who is in a place and does not belong there: whether the record agrees.
local AGREES = {
  lane = function(r, name) return r.school == name end,
  held = function(r, name) return r.type == name end,
  running = function(r, name, lease) return r.worker == name and read_lease(lease) == r.attempt end,
  trial = function(r) return r.state == 'queued' end,
  due = function(r) return r.state == 'waiting' end,
  dead = function(r) return r.state == 'failed' end,
}

-- Some of finished, from its end on, where new ones only come twice.
local function audit_finished(q, last, count, fault)
  local entries = call('LRANGE', q.p .. 'finished', -last - count, -last - 1)
  if #entries == 0 then
    return 0
  end
  local unlisted = call('SMISMEMBER', q.p .. 'unlisted', unpack(entries))
  for i, entry in ipairs(entries) do
    local at, id = string.match(entry, '^(%d+):(.*)$')
    local r = record_for_audit(q, id or '')
    if unlisted[i] == 0 and (not ENDED[r.state] or r.finished_at ~= at) then
      fault(entry .. ' is in finished, and its record is ' .. tostring(r.state))
    end
  end
  return #entries == count and last + count or 0
end

local function audit_live(q, cursor, count, fault)
  local page, behind = call('HSCAN', q.p .. 'live', cursor, 'COUNT', count), 0
  for i = 1, #page[2], 2 do
    for _, id in string.gmatch(page[2][i + 1], '(%S+)=(%S+)') do
      local r = record_for_audit(q, id)
      behind = behind + 1
      if not r.state or ENDED[r.state] or class_key(r.school, r.class) ~= page[2][i] then
        fault(id .. ' holds ' .. page[2][i] .. ' and is ' .. tostring(r.state))
      end
    end
    behind = behind - 1
  end
  return page[1], behind
end

-- place cursor count: {next cursor, how many wait behind their class, fault*}. place is
-- finished, live, due, trial, dead, or lane:, held: or running: and a name.
function audit_place(keys, args)
  local q, place, cursor, count = open_call(keys), args[1], args[2], tonumber(args[3])
  local out = {'0', 0}
  local function fault(what)
    out[#out + 1] = what
  end
  if place == 'finished' then
    out[1] = text_of(audit_finished(q, tonumber(cursor), count, fault))
    return out
  elseif place == 'live' then
    out[1], out[2] = audit_live(q, cursor, count, fault)
    return out
  end
  local kind, name = string.match(place, '^(%a+):?(.*)$')
  local page = call(kind == 'running' and 'HSCAN' or 'ZSCAN', q.p .. place, cursor, 'COUNT', count)
  for i = 1, #page[2], 2 do
    local r = record_for_audit(q, page[2][i])
    if not r.state or not AGREES[kind](r, name, page[2][i + 1]) then
      fault(page[2][i] .. ' is in ' .. place .. ', and its record is ' .. tostring(r.state))
    end
  end
  out[1] = page[1]
  return out
end

-- ---- the counters ------------------------------------------------------------------------

-- Jobs that workers have: all of them, and how many of these wait, nil if they are too many.
local function count_leases(q)
  local all, waiting, workers = 0, 0, call('ZRANGE', q.p .. 'workers', 0, -1)
  for _, worker in ipairs(call('ZRANGE', q.p .. 'reaping', 0, -1)) do
    workers[#workers + 1] = worker
  end
  for _, worker in ipairs(workers) do
    all = all + call('HLEN', q.p .. 'running:' .. worker)
  end
  if all > LEASES_MAX then
    return all, nil
  end
  for _, worker in ipairs(workers) do
    local leases = call('HGETALL', q.p .. 'running:' .. worker)
    for i = 2, #leases, 2 do
      local _, state = read_lease(leases[i])
      waiting = waiting + (state == 'w' and 1 or 0)
    end
  end
  return all, waiting
end

local function sum(sizes, prefix, names, command)
  for _, name in ipairs(names) do
    sizes = sizes + call(command, prefix .. name)
  end
  return sizes
end

-- Jobs in lanes, put aside or on trial, nil if there are too many lanes.
local function count_lanes(q)
  local schools, lanes = {call('ZRANGE', q.p .. 'ring', 0, -1), call('SMEMBERS', q.p .. 'capped'), {}},
    call('ZCARD', q.p .. 'trial')
  local types = {}
  for _, what in ipairs(call('HKEYS', q.p .. 'paused')) do
    local kind, name = string.match(what, '^(%a+):(.*)$')
    local list = kind == 'school' and schools[3] or types
    list[#list + 1] = name
  end
  if #schools[1] + #schools[2] + #schools[3] > LANES_MAX then
    return nil
  end
  for i = 1, 3 do
    lanes = sum(lanes, q.p .. 'lane:', schools[i], 'ZCARD')
  end
  return sum(lanes, q.p .. 'held:', types, 'ZCARD')
end

-- {jobs behind their class as the counters have it, -1 if that is not known; records that
-- ended and are listed; how many ever ended; jobs alive; fault*}
function audit_sums(keys)
  local q, said, out = open_call(keys), {}, {}
  local flat = call('HGETALL', q.p .. 'counts')
  for i = 1, #flat, 2 do
    said[flat[i]] = tonumber(flat[i + 1])
  end
  local function compare(what, counted, there)
    if counted ~= there then
      out[#out + 1] = what .. ': the counters say ' .. text_of(counted) .. ', there are ' .. text_of(there)
    end
  end
  local function n(field)
    return said[field] or 0
  end
  local dead, due = call('ZCARD', q.p .. 'dead'), call('ZCARD', q.p .. 'due')
  local outside = sum(0, q.p .. 'overflow:', call('SMEMBERS', q.p .. 'overflowing'), 'LLEN')
  local leases, waiting = count_leases(q)
  local alive, lanes, loads = n('queued') + n('waiting') + n('running') - outside, count_lanes(q), 0
  out[1], out[2] = lanes and n('queued') - outside - lanes or -1,
    call('LLEN', q.p .. 'finished') - call('SCARD', q.p .. 'unlisted')
  out[3], out[4] = n('done') + n('failed') + n('cancelled'), alive
  compare('dead', n('dead'), dead)
  compare('jobs alive, by their envelopes', alive, call('HLEN', q.p .. 'bodies') - dead)
  compare('waiting and running', n('waiting') + n('running'), due + leases)
  if waiting then
    compare('running', n('running'), leases - waiting)
  end
  flat = call('HGETALL', q.p .. 'school_running')
  for i = 2, #flat, 2 do
    loads = loads + tonumber(flat[i])
  end
  compare('running, school by school', loads, leases)
  compare('checkpoints of jobs that failed', call('ZCARD', q.p .. 'opened'), call('HLEN', q.p .. 'open'))
  if lanes and out[1] < 0 then
    compare('queued', n('queued'), lanes + outside)
  end
  return out
end

end
