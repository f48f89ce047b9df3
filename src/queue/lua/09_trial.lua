--[[
Whose doing a worker's death was. A worker that dies holds many jobs, and mostly none of them
did it; the one that did would do it again. How sure it is decides what the death weighs in
each job's streak, which is 0 again as soon as the job gets anywhere:

  OWN      it ran at that instant (the supervisor knows), or the worker held nothing else,
           or it was the suspect that the worker had on trial: POISON after three of these
  SHARED   nobody knows, and the worker held others: never more than makes it a suspect
  nothing  somebody else did it, or somebody outside

A suspect waits in trial instead of its lane, and no worker has more than one on trial at a
time: until that has ended, got somewhere, or lived for TRIAL_MS. tried says which worker has
which, and accused what the death of a worker that is being reaped was put down to: the id of one job,
'' for none, and with a '*' behind it, all the others a little.
]]
local SHARED, SUSPECT, OWN, POISON = 1, 2, 10, 30
local TRIAL_MS = 10000

-- The suspect that this worker has tried last, and since when; nil if none.
local function tried_by(q, worker)
  local id, at = string.match(call('HGET', q.p .. 'tried', worker) or '', '^(%S+) (%d+)$')
  return id, tonumber(at)
end

-- death: 'in:' and the id of the job that ran at that instant, 'killed' from outside while
-- none ran, 'left' as it should, '' when nobody knows. The first word counts.
local function accuse(q, worker, death)
  if call('HEXISTS', q.p .. 'accused', worker) == 1 then
    return
  end
  local running = q.p .. 'running:' .. worker
  local named, tried = string.match(death, '^in:(.*)$'), tried_by(q, worker)
  local whose = '*'
  if named and call('HEXISTS', running, named) == 1 then
    whose = named
  elseif death == 'left' then
    whose = ''
  elseif call('HLEN', running) == 1 then
    whose = call('HKEYS', running)[1]
  elseif death == 'killed' then
    whose = ''
  elseif tried and call('HEXISTS', running, tried) == 1 then
    whose = tried .. '*'
  end
  call('HSET', q.p .. 'accused', worker, whose)
  call('HDEL', q.p .. 'tried', worker)
end

local function acquit(q, worker)
  call('HDEL', q.p .. 'accused', worker)
end

-- The streak of a job after the death of the worker that held it.
local function streak_after(streak, id, whose)
  local one, others = string.match(whose, '^([^*]*)(%**)$')
  if one == id then
    return streak + OWN
  end
  return (others == '*' and streak < SUSPECT) and streak + SHARED or streak
end

local function put_on_trial(q, id)
  call('ZADD', q.p .. 'trial', q.at, id)
  q.seldom = nil
end

-- There is a suspect, and this worker has none on trial.
local function may_try(q)
  if not there_is(q, 'trial') then
    return false
  end
  local id, at = tried_by(q, q.worker)
  return not id or q.now - at >= TRIAL_MS or call('HEXISTS', q.p .. 'running:' .. q.worker, id) == 0
    or call('HGET', q.p .. 'job:' .. id, 'streak') == '0'
end

-- The suspect that this worker tries next, if any; whoever waits longest comes first, so
-- that one who is caught in other deaths again is not tried again at once. What is paused
-- waits in its lane.
local function next_on_trial(q)
  if not may_try(q) then
    return nil
  end
  local id = call('ZPOPMIN', q.p .. 'trial')[1]
  q.seldom = nil
  local r = call('HMGET', q.p .. 'job:' .. id, 'school', 'type', 'order')
  if r[1] and (is_paused(q, 'school:' .. r[1]) or is_paused(q, 'type:' .. (r[2] or ''))) then
    make_ready(q, r[1], id, r[3])
    return nil
  end
  call('HSET', q.p .. 'tried', q.worker, id .. ' ' .. q.at)
  return {id = id, school = r[1] or ''}
end
