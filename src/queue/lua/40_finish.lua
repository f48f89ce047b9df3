--[[
Finish: a running job ends (done, failed, cancelled), goes back to the head of its lane
(release: the worker stops, the attempt is given back) or waits in due (retry).
]]

local function leave_running(p, worker, id, school, state, deltas)
  call('HDEL', p .. 'running:' .. worker, id)
  add(deltas, state == 'waiting' and 'waiting' or 'running', -1)
  school_done(p, school)
end

local function back_to_lane(p, id, school, order, now, deltas)
  local background = tonumber(order) >= PRIORITY
  call('HSET', p .. 'job:' .. id, 'state', 'queued', 'updated_at', now)
  call('HDEL', p .. 'job:' .. id, 'worker', 'retry_at', 'message')
  into_lane(p, school, id, background and PRIORITY or 0)
  add(deltas, 'queued', 1)
end

local function end_unwritable(p, id, r, wrong, now, deltas, opt)
  call('HSET', p .. 'job:' .. id, 'rev', r.rev + 1, 'error_code', 'internal', 'error',
    'What this job had to say could not be written: ' .. wrong)
  end_job(p, id, r, 'failed', true, now, deltas, opt)
end

-- One finish: id attempt rev how dead at <change>. 1: done now or before; 0: not mine. A
-- release gives its number of attempt back, so one that is said again may find the job
-- back here under the same number: the rev tells.
local function finish_one(p, worker, args, i, now, deltas, opt)
  local id, attempt, rev, how = args[i], args[i + 1], args[i + 2], args[i + 3]
  local dead, at = args[i + 4] == '1', tonumber(args[i + 5])
  local c, following = read_change(args, i + 6)
  local r = record_of(p, id)
  if r.rev >= tonumber(rev) then
    local said = r.attempt == attempt
      or (how == 'release' and tonumber(r.attempt) == tonumber(attempt) - 1)
    return said and 1 or 0, following
  end
  if not is_mine(p, worker, id, attempt) then
    return 0, following
  end
  leave_running(p, worker, id, r.school, r.state, deltas)
  local wrong = write_safely(p, id, c, rev, now)
  if wrong then
    end_unwritable(p, id, r, wrong, now, deltas, opt)
  elseif how == 'release' then
    call('HINCRBY', p .. 'job:' .. id, 'attempt', -1)
    back_to_lane(p, id, r.school, r.order, now, deltas)
  elseif how == 'done' and r.again then
    call('HDEL', p .. 'job:' .. id, 'again')
    back_to_lane(p, id, r.school, r.order, now, deltas)
  elseif how == 'retry' then
    call('HSET', p .. 'job:' .. id, 'state', 'waiting', 'retry_at', at)
    call('HDEL', p .. 'job:' .. id, 'worker')
    call('ZADD', p .. 'due', at, id)
    add(deltas, 'waiting', 1)
  else
    end_job(p, id, r, how, dead, now, deltas, opt)
  end
  return 1, following
end

local UNLIMITED = {keep = 1e9, keep_ms = 1e15}   -- touch trims nothing

local function fail_unwritable(p, worker, id, wrong, now)
  local r, deltas = record_of(p, id), {}
  leave_running(p, worker, id, r.school, r.state, deltas)
  end_unwritable(p, id, r, wrong, now, deltas, UNLIMITED)
  count(p, deltas)
end

-- worker id attempt rev was is <change>: {1, cancelled_by} or {0} when not mine. was
-- and is are the states around it, running or waiting.
local function touch(keys, args)
  local p = prefix_of(keys)
  local worker, id, attempt, rev = args[1], args[2], args[3], args[4]
  if not is_mine(p, worker, id, attempt) then
    return {0, ''}
  end
  local now = now_ms()
  local had = tonumber(call('HGET', p .. 'job:' .. id, 'rev') or '0')
  if had < tonumber(rev) then
    local c = read_change(args, 7)
    c.fields[#c.fields + 1] = 'state'
    c.fields[#c.fields + 1] = args[6]
    local wrong = write_safely(p, id, c, rev, now)
    if wrong then
      fail_unwritable(p, worker, id, wrong, now)
      return {0, ''}
    end
    if args[5] ~= args[6] then
      count(p, {[args[5]] = -1, [args[6]] = 1})
    end
  end
  return {1, cancelled_by(p, id) or ''}
end

-- A blocking move that a dying worker had out may still fill its staging list: it is
-- looked at for this long.
local ORPHAN_MS = 30000
local REAPED_MAX = 64           -- jobs handed back in one call

-- One job whose worker died: back to the head of its lane, unless this has happened three
-- times without the job getting any further. Then it is poison.
local function take_back(p, worker, id, now, deltas, opt)
  local r, job = record_of(p, id), p .. 'job:' .. id
  leave_running(p, worker, id, r.school, r.state, deltas)
  if r.state ~= 'running' and r.state ~= 'waiting' then
    return
  end
  local crashes, streak = r.crashes + 1, r.streak + 1
  call('HSET', job, 'crashes', crashes, 'streak', streak, 'rev', r.rev + 1)
  if streak < CRASHES_MAX then
    back_to_lane(p, id, r.school, r.order, now, deltas)
    return
  end
  call('HDEL', job, 'message')
  call('HSET', job, 'error_code', 'crashed', 'error', 'The worker died ' .. crashes ..
    ' times while it ran this job; the last step was "' .. r.phase .. '".')
  end_job(p, id, r, 'failed', true, now, deltas, opt)
end

-- A worker is gone: hands back what it staged and at most n of its jobs; gives how many.
local function reap(p, worker, n, now, deltas, opt)
  unstage(p, worker)
  local held = call('HSCAN', p .. 'running:' .. worker, 0, 'COUNT', n)[2]
  local most = math.min(#held / 2, n)
  for i = 1, most do
    take_back(p, worker, held[2 * i - 1], now, deltas, opt)
  end
  if call('EXISTS', p .. 'running:' .. worker, p .. 'staging:' .. worker) == 0
      and tonumber(call('ZSCORE', p .. 'reaping', worker) or '0') < now then
    call('ZREM', p .. 'reaping', worker)
  end
  return most
end

-- worker keep keep_ms per_school take claim nadmit <admission>* nfinish <finish>*
-- The heart of the queue: what was read, what has ended and what comes next, in one call.
-- An admission is verdict code id type school class requested_by priority at body
-- register length learners; body '' stands for the envelope as it came, length is the
-- text's, and learners how many the register says there are, -1 if nothing.
-- Of one that is refused, body says why and register is the beginning of the text.
-- Gives {alive, now, finished[], taken[], claimed[], ready schools, next due, astray, intake}.
local function cycle(keys, args)
  local p, now = prefix_of(keys), now_ms()
  local worker, opt = args[1], options(args[2], args[3])
  if not call('ZSCORE', p .. 'workers', worker) then
    return {0}
  end
  local deltas = {}
  local i, astray = admit(p, worker, args, 8, tonumber(args[7]), now, deltas, opt)
  local finished = {}
  local nfinish = tonumber(args[i])
  i = i + 1
  for k = 1, nfinish do
    finished[k], i = finish_one(p, worker, args, i, now, deltas, opt)
  end
  promote(p, now, deltas, opt)
  local claimed = claim(p, worker, tonumber(args[6]), tonumber(args[4]), now, deltas, opt)
  if #claimed == tonumber(args[6]) then
    pass_baton(p)
  end
  count(p, deltas)
  local counted = tonumber(call('HGET', p .. 'counts', 'queued') or '0')
  local taken = take(p, worker, tonumber(args[5]), counted)
  local due = call('ZRANGE', p .. 'due', 0, 0, 'WITHSCORES')
  return {1, now, finished, taken, claimed, call('ZCARD', p .. 'ring'), tonumber(due[2] or '0'),
    astray and 1 or 0, has_intake(p, worker) and 1 or 0}
end
