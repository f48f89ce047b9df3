--[[
Claiming: schools take turns by virtual time, each turn hands out a fair share of what
was asked for, and a school at its cap of running jobs waits outside the ring.
]]

-- What an earlier job of its type and class left open goes to this one; a dry run tells of
-- nothing that was done, and leaves it.
local function take_open(q, id, class, type, like)
  if string.find(like, '+dry_run', 1, true) then
    return false
  end
  local key = open_key(class, type)
  local saved = call('HGET', q.p .. 'open', key)
  if saved then
    call('HDEL', q.p .. 'open', key)
    call('ZREM', q.p .. 'opened', key)
    call('SET', q.p .. 'job:' .. id .. ':saved', saved)
    say(q, id, 'streak', '0')
  end
  return saved
end

-- What a worker needs to run a job: id attempt rev crashes queued_at body saved rows
-- cancelled_by. worked: an attempt has written rows or a checkpoint.
local function claim_reply(q, id, attempt, rev, crashes, queued_at, body, worked, who)
  local saved, rows = '', 0
  if worked then
    saved = call('GET', q.p .. 'job:' .. id .. ':saved') or ''
    rows = call('LLEN', q.p .. 'job:' .. id .. ':learners')
  end
  return {id, attempt, rev, crashes, queued_at, body, saved, rows, who or ''}
end

-- A job that became known in this very call: its record goes out as running at once.
local function stamp_fresh(q, id, f)
  local worked = q.any_open and take_open(q, id, class_key(f.school, f.class), f.record[12],
    f.like)
  f.state, f.record[2], f.record[4], f.record[8] = 'running', 'running', '2', '1'
  say(q, id, 'worker', q.worker, 'started_at', q.at)
  q.leased[#q.leased + 1] = id
  q.leased[#q.leased + 1] = '1 r ' .. f.like .. ' ' .. class_key(f.school, f.class)
  return claim_reply(q, id, 1, 2, 0, q.now, f.body, worked, nil)
end

-- nil when the record or the envelope is gone.
local function stamp_known(q, id, body, who)
  local job = q.p .. 'job:' .. id
  local r = call('HMGET', job, 'rev', 'attempt', 'crashes', 'queued_at', 'started_at', 'streak',
    'school', 'class', 'type', 'like')
  if not r[1] or not body then
    if r[1] then
      call('HSET', job, 'error_code', 'internal', 'error', 'The envelope of this job is gone.',
        'rev', tonumber(r[1]) + 1)
      end_job(q, id, record_of(q, id), 'failed', false)
    end
    return nil
  end
  local attempt, rev = tonumber(r[2]) + 1, tonumber(r[1]) + 1
  local worked = r[6]
    or (q.any_open and take_open(q, id, class_key(r[7], r[8]), r[9], r[10] or r[9]))
  call('HSET', job, 'state', 'running', 'rev', rev, 'updated_at', q.at, 'attempt', attempt,
    'worker', q.worker, 'started_at', r[5] or q.at)
  q.leased[#q.leased + 1] = id
  q.leased[#q.leased + 1] = attempt .. ' r ' .. (r[10] or r[9]) .. ' ' .. class_key(r[7], r[8])
  return claim_reply(q, id, attempt, rev, tonumber(r[3] or 0), tonumber(r[4] or q.now), body,
    worked, who)
end

-- What lined up in this call may be claimed in it: its envelope is read from there.
local function write_bodies(q)
  many('HSET', q.p .. 'bodies', q.bodies)
  q.bodies = {}
end

-- Those that were picked, as the worker needs them.
local function stamp(q, picked)
  local known, bodies, claimed = {}, {}, {}
  for _, job in ipairs(picked) do
    if not q.fresh[job.id] then
      known[#known + 1] = job.id
    end
  end
  if #known > 0 then
    write_bodies(q)
    local texts, flags = call('HMGET', q.p .. 'bodies', unpack(known)), all_cancelled_by(q, known)
    for i, id in ipairs(known) do
      bodies[id] = {text = texts[i], who = flags[i]}
    end
  end
  q.any_open = #picked > 0 and there_is(q, 'open')
  for _, job in ipairs(picked) do
    local id, f, b = job.id, q.fresh[job.id], bodies[job.id]
    local c = f and stamp_fresh(q, id, f) or not f and stamp_known(q, id, b.text, b.who)
    add(q, 'queued', -1)
    if c then
      claimed[#claimed + 1] = c
      add(q, 'running', 1)
    else
      change_load(q, job.school, -1)
    end
  end
  return claimed
end

-- With no school waiting for its turn and room for all that has just become ready, nobody
-- is kept back by handing it out as it came.
local function hand_out(q, n, picked)
  if #q.ready == 0 or #q.ready > n or not q.idle then
    return
  end
  local schools, rest = {}, {}
  for i, job in ipairs(q.ready) do
    schools[i] = job.school
  end
  look_up(q.load, schools)
  local out = out_of_turn(q, schools)
  for _, job in ipairs(q.ready) do
    if not out[job.school] and load_of(q, job.school) < q.cap then
      picked[#picked + 1] = job
      change_load(q, job.school, 1)
    else
      out[job.school] = true
      rest[#rest + 1] = job
    end
  end
  q.ready = rest
end

-- Jobs of a paused type leave their lane when their turn comes, and lose nothing by it: they
-- keep their place in it, and their school its turn.
local ASIDE_MAX = 100           -- in one call, about

local function is_put_aside(q, id, order)
  local f = q.fresh[id]
  local type = f and f.record[12] or call('HGET', q.p .. 'job:' .. id, 'type')
  if not type or not q.paused_types[type] then
    return false
  end
  call('ZADD', q.p .. 'held:' .. type, order, id)
  q.aside = q.aside + 1
  return true
end

-- Takes up to n jobs of one school; gives how many.
local function pick(q, school, n, picked)
  local got = 0
  repeat
    local popped = call('ZPOPMIN', q.p .. 'lane:' .. school, n - got)
    for i = 1, #popped, 2 do
      if not q.paused_types or not is_put_aside(q, popped[i], popped[i + 1]) then
        got = got + 1
        picked[#picked + 1] = {id = popped[i], school = school}
      end
    end
  until not q.paused_types or got == n or #popped == 0 or q.aside >= ASIDE_MAX
  change_load(q, school, got)
  return got
end

-- Which of these lanes are empty: mostly none is.
local function empty_lanes(q, schools)
  local lanes, empty = {}, {}
  for i, school in ipairs(schools) do
    lanes[i] = q.p .. 'lane:' .. school
  end
  if #lanes > 0 and call('EXISTS', unpack(lanes)) < #lanes then
    for i, school in ipairs(schools) do
      empty[school] = call('EXISTS', lanes[i]) == 0
    end
  end
  return empty
end

-- What a job of each of these schools costs of its turns: less where the operator gave it
-- more weight. What makes no sense there counts as none.
local WEIGHT_MAX = 100

local function costs_of(q, schools)
  local costs = {}
  if there_is(q, 'weights') then
    for i, weight in ipairs(call('HMGET', q.p .. 'weights', unpack(schools))) do
      weight = tonumber(weight or 1)
      costs[schools[i]] = weight and weight >= 1 and weight <= WEIGHT_MAX and 1 / weight
    end
  end
  return costs
end

-- One turn of the ring for the schools at its head, whose turns are at those times.
local function turn_once(q, turn, n, picked)
  local schools, at, got = {}, {}, {}
  for i = 1, #turn, 2 do
    schools[#schools + 1] = turn[i]
    at[turn[i]] = tonumber(turn[i + 1])
  end
  look_up(q.load, schools)
  local cost = costs_of(q, schools)
  local share, over = math.floor(n / #schools), n % #schools
  local taken, capped = {}, {}
  for i, school in ipairs(schools) do
    local room, fair = q.cap - load_of(q, school), share + (i <= over and 1 or 0)
    local want = math.min(math.ceil(fair / (cost[school] or 1)), room, n)
    if want > 0 then
      got[school] = pick(q, school, want, picked)
      n = n - got[school]
      taken[#taken + 1] = school
    elseif room <= 0 then
      capped[#capped + 1] = school
    end
  end
  local empty, stay, leave, turns = empty_lanes(q, taken), {}, capped, {':now', turn[2]}
  for _, school in ipairs(taken) do
    if empty[school] then
      leave[#leave + 1] = school
    else
      stay[#stay + 1] = at[school] + got[school] * (cost[school] or 1)
      stay[#stay + 1] = school
    end
  end
  for i, school in ipairs(leave) do
    turns[#turns + 1] = school
    turns[#turns + 1] = at[school] + (got[school] or 0) * (cost[school] or 1)
    if not got[school] then
      call('SADD', q.p .. 'capped', school)
      q.seldom = nil
    end
  end
  many('ZADD', q.p .. 'ring', stay)
  many('ZREM', q.p .. 'ring', leave)
  many('HSET', q.p .. 'turns', turns)
end

-- Up to n jobs for this worker.
local function claim(q, n)
  local picked = {next_on_trial(q)}
  if picked[1] then
    change_load(q, picked[1].school, 1)
  end
  hand_out(q, n - #picked, picked)
  fill_lanes(q)
  while #picked < n and q.aside < ASIDE_MAX and there_is(q, 'ring') do
    local turn = call('ZRANGE', q.p .. 'ring', 0, n - #picked - 1, 'WITHSCORES')
    if #turn == 0 then
      call('UNLINK', q.p .. 'turns')
      q.seldom = nil
      break
    end
    turn_once(q, turn, n - #picked, picked)
  end
  return stamp(q, picked)
end

-- worker id*: the claims among these that the worker holds but, a reply having been
-- lost, does not know of.
local function recall(keys, args)
  local q, held = open_call(keys, args[1]), {}
  for i = 2, #args do
    local id = args[i]
    local lease = call('HGET', q.p .. 'running:' .. q.worker, id)
    local r = call('HMGET', q.p .. 'job:' .. id, 'rev', 'crashes', 'queued_at', 'streak')
    local body = call('HGET', q.p .. 'bodies', id)
    if lease and r[1] and body then
      held[#held + 1] = claim_reply(q, id, tonumber((read_lease(lease))), tonumber(r[1]),
        tonumber(r[2] or 0), tonumber(r[3]), body, r[4], cancelled_by(q, id))
    end
  end
  return held
end
