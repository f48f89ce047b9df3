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
  call('HINCRBY', p .. 'job:' .. id, 'rev', 1)
  into_lane(p, school, id, background and PRIORITY or 0)
  add(deltas, 'queued', 1)
end

-- One finish: id attempt rev how dead at <change>. 1: done now or before; 0: not mine.
local function finish_one(p, worker, args, i, now, deltas, opt)
  local id, attempt, rev, how = args[i], args[i + 1], args[i + 2], args[i + 3]
  local dead, at = args[i + 4] == '1', tonumber(args[i + 5])
  local c, following = read_change(args, i + 6)
  local r = record_of(p, id)
  if not is_mine(p, worker, id, attempt) then
    return (r.attempt == attempt and r.rev >= tonumber(rev)) and 1 or 0, following
  end
  leave_running(p, worker, id, r.school, r.state, deltas)
  write_change(p, id, c, rev, now)
  if how == 'release' then
    call('HINCRBY', p .. 'job:' .. id, 'attempt', -1)
    back_to_lane(p, id, r.school, r.order, now, deltas)
  elseif how == 'retry' then
    call('HSET', p .. 'job:' .. id, 'state', 'waiting', 'retry_at', at)
    call('ZADD', p .. 'due', at, id)
    add(deltas, 'waiting', 1)
  else
    end_job(p, id, r, how, dead, now, deltas, opt)
  end
  return 1, following
end

-- A blocking move that a dying worker had out may still fill its staging list: it is
-- looked at for this long.
local ORPHAN_MS = 30000

-- A worker is gone: its jobs go back to the head of their lanes; one whose worker died
-- three times without the job getting any further is poison. At most 64 a call.
local function reap(p, worker, now, deltas, opt)
  for _ = 1, 64 do
    if not call('LMOVE', p .. 'staging:' .. worker, p .. 'inbox', 'RIGHT', 'LEFT') then
      break
    end
  end
  local held = call('HSCAN', p .. 'running:' .. worker, 0, 'COUNT', 64)[2]
  for i = 1, math.min(#held, 128), 2 do
    local id = held[i]
    local r = record_of(p, id)
    leave_running(p, worker, id, r.school, r.state, deltas)
    if r.state == 'running' or r.state == 'waiting' then
      local streak = r.streak + 1
      call('HSET', p .. 'job:' .. id, 'crashes', r.crashes + 1, 'streak', streak)
      if streak >= CRASHES_MAX then
        call('HINCRBY', p .. 'job:' .. id, 'rev', 1)
        call('HSET', p .. 'job:' .. id, 'error_code', 'crashed', 'error',
          'The worker died ' .. (r.crashes + 1) .. ' times while it ran this job; the last step was "' ..
          r.phase .. '".')
        end_job(p, id, r, 'failed', true, now, deltas, opt)
      else
        back_to_lane(p, id, r.school, r.order, now, deltas)
      end
    end
  end
  if call('EXISTS', p .. 'running:' .. worker, p .. 'staging:' .. worker) == 0
      and tonumber(call('ZSCORE', p .. 'reaping', worker) or '0') < now then
    call('ZREM', p .. 'reaping', worker)
  end
end

-- worker keep keep_ms per_school take claim nadmit <admission>* nfinish <finish>*
-- The heart of the queue: what was read, what has ended and what comes next, in one call.
-- An admission is verdict code id type school class requested_by priority at body
-- register; body '' stands for the envelope as it came.
-- Gives {alive, now, finished[], taken[], claimed[], ready schools, next due}.
local function cycle(keys, args)
  local p, now = prefix_of(keys), now_ms()
  local worker, opt = args[1], options(args[2], args[3])
  if not call('ZSCORE', p .. 'workers', worker) then
    return {0}
  end
  local deltas, i = {}, 8
  for _ = 1, tonumber(args[7]) do
    local raw = call('LPOP', p .. 'staging:' .. worker)
    if raw then
      admit_one(p, {verdict = args[i], code = args[i + 1], id = args[i + 2], type = args[i + 3],
        school = args[i + 4], class = args[i + 5], requested_by = args[i + 6],
        priority = args[i + 7], at = tonumber(args[i + 8]), body = args[i + 9],
        register = args[i + 10]}, raw, now, deltas, opt)
    end
    i = i + 11
  end
  local finished = {}
  local nfinish = tonumber(args[i])
  i = i + 1
  for k = 1, nfinish do
    finished[k], i = finish_one(p, worker, args, i, now, deltas, opt)
  end
  promote(p, now, deltas, opt)
  local claimed = claim(p, worker, tonumber(args[6]), tonumber(args[4]), now, deltas, opt)
  count(p, deltas)
  local counted = tonumber(call('HGET', p .. 'counts', 'queued') or '0')
  local taken = take(p, worker, tonumber(args[5]), counted)
  local due = call('ZRANGE', p .. 'due', 0, 0, 'WITHSCORES')
  return {1, now, finished, taken, claimed, call('ZCARD', p .. 'ring'), tonumber(due[2] or '0')}
end
