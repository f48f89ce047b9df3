--[[
Claiming: schools take turns by virtual time, each turn hands out a fair share of what
was asked for, and a school at its cap of running jobs waits outside the ring.
]]

-- What a worker needs to run a job: id attempt rev crashes queued_at body saved rows
-- cancelled_by. streak is there once an attempt has written rows or a checkpoint.
local function claim_reply(p, id, attempt, rev, crashes, queued_at, body, streak)
  local again = streak and true or false
  return {id, tonumber(attempt), tonumber(rev), tonumber(crashes or 0), tonumber(queued_at), body,
    again and call('GET', p .. 'job:' .. id .. ':saved') or '',
    again and call('LLEN', p .. 'job:' .. id .. ':learners') or 0,
    cancelled_by(p, id) or ''}
end

-- What an earlier job of its type and class left open goes to this one.
local function take_open(p, id, school, class, type)
  local key = open_key(school, class, type)
  local saved = call('HGET', p .. 'open', key)
  if saved then
    call('HDEL', p .. 'open', key)
    call('SET', p .. 'job:' .. id .. ':saved', saved)
    call('HSET', p .. 'job:' .. id, 'streak', 0)
  end
  return saved
end

-- Stamps one job as running and leased, and gives what the worker needs to run it.
local function claim_one(p, worker, id, now, deltas, opt)
  local job = p .. 'job:' .. id
  local r = call('HMGET', job, 'rev', 'attempt', 'crashes', 'queued_at', 'started_at', 'streak',
    'school', 'class', 'type')
  local body = call('HGET', p .. 'bodies', id)
  if not r[1] or not body then
    add(deltas, 'queued', -1)
    if r[1] then
      call('HSET', job, 'error_code', 'internal', 'error', 'The envelope of this job is gone.',
        'rev', tonumber(r[1]) + 1)
      end_job(p, id, record_of(p, id), 'failed', false, now, deltas, opt)
    end
    return nil
  end
  local attempt, rev = tonumber(r[2]) + 1, tonumber(r[1]) + 1
  call('HSET', job, 'state', 'running', 'attempt', attempt, 'worker', worker, 'rev', rev,
    'started_at', r[5] or now, 'updated_at', now)
  call('HSET', p .. 'running:' .. worker, id, attempt)
  add(deltas, 'queued', -1)
  add(deltas, 'running', 1)
  return claim_reply(p, id, attempt, rev, r[3], r[4] or now, body,
    r[6] or take_open(p, id, r[7], r[8], r[9]))
end

-- Takes up to n jobs of one school, whose turn is at that time.
local function claim_school(p, worker, school, turn, n, cap, now, deltas, claimed, opt)
  local running = tonumber(call('HGET', p .. 'school_running', school) or '0')
  local room = cap - running
  if room <= 0 then
    out_of_ring(p, school, turn)
    call('SADD', p .. 'capped', school)
    return
  end
  local want = math.min(n, room)
  local popped = call('ZPOPMIN', p .. 'lane:' .. school, want)
  local got = 0
  for i = 1, #popped, 2 do
    local c = claim_one(p, worker, popped[i], now, deltas, opt)
    if c then
      claimed[#claimed + 1] = c
      got = got + 1
    end
  end
  if got > 0 then
    call('HINCRBY', p .. 'school_running', school, got)
  end
  if call('EXISTS', p .. 'lane:' .. school) == 0 then
    out_of_ring(p, school, turn + got)
  elseif got > 0 then
    call('ZINCRBY', p .. 'ring', got, school)
  end
end

local function claim(p, worker, n, cap, now, deltas, opt)
  local claimed = {}
  while #claimed < n do
    local turn = call('ZRANGE', p .. 'ring', 0, n - #claimed - 1, 'WITHSCORES')
    if #turn == 0 then
      call('UNLINK', p .. 'turns')
      break
    end
    local schools = #turn / 2
    local share = math.max(1, math.floor((n - #claimed) / schools))
    for i = 1, #turn, 2 do
      claim_school(p, worker, turn[i], turn[i + 1], share, cap, now, deltas, claimed, opt)
      if #claimed >= n then
        break
      end
    end
    call('HSET', p .. 'turns', ':now', turn[2])
  end
  return claimed
end

-- A school has one running job less: room again for one that was at its cap.
local function school_done(p, school)
  if call('HINCRBY', p .. 'school_running', school, -1) <= 0 then
    call('HDEL', p .. 'school_running', school)
  end
  if call('SREM', p .. 'capped', school) == 1 and call('EXISTS', p .. 'lane:' .. school) == 1 then
    into_ring(p, school)
  end
end

-- worker id*: the claims among these that the worker holds but, a reply having been
-- lost, does not know of.
local function recall(keys, args)
  local p, held = prefix_of(keys), {}
  for i = 2, #args do
    local attempt = call('HGET', p .. 'running:' .. args[1], args[i])
    local r = call('HMGET', p .. 'job:' .. args[i], 'rev', 'crashes', 'queued_at', 'streak')
    local body = call('HGET', p .. 'bodies', args[i])
    if attempt and r[1] and body then
      held[#held + 1] = claim_reply(p, args[i], attempt, r[1], r[2], r[3], body, r[4])
    end
  end
  return held
end
