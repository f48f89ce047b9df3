--[[
Finish: a running job ends (done, failed, cancelled), goes back to the head of its lane
(release: the worker stops, the attempt is given back) or waits in due (retry).
]]

-- What the running and waiting jobs of the worker are counted as.
local COUNTED = {r = 'running', w = 'waiting'}

local function say_queued(q, id)
  call('HSET', q.p .. 'job:' .. id, 'state', 'queued', 'updated_at', q.at, 'worker', '')
  call('HDEL', q.p .. 'job:' .. id, 'retry_at', 'message')
  add(q, 'queued', 1)
end

local function back_to_lane(q, id, school)
  local order = call('HGET', q.p .. 'job:' .. id, 'order')
  local background = tonumber(order or '0') >= PRIORITY
  say_queued(q, id)
  make_ready(q, school, id, background and text_of(PRIORITY) or '0')
end

local function end_unwritable(q, id, wrong)
  local r = record_of(q, id)
  call('HSET', q.p .. 'job:' .. id, 'rev', r.rev + 1, 'error_code', 'internal', 'error',
    'What this job had to say could not be written: ' .. wrong)
  end_job(q, id, r, 'failed', 'failed')
end

-- Said before, and heard: 1. A release gives its number of attempt back, so one that is
-- said again may find the job back here under the same number: the rev tells.
local function was_said(q, e)
  local r = call('HMGET', q.p .. 'job:' .. e.id, 'rev', 'attempt')
  if tonumber(r[1] or '0') < tonumber(e.rev) then
    return false
  end
  return r[2] == e.attempt
    or (e.how == 'release' and tonumber(r[2]) == tonumber(e.attempt) - 1)
end

-- Back to its lane, or to wait in due.
local function stay(q, e, school)
  local wrong = write_safely(q, e.id, e.change, {'rev', e.rev, 'updated_at', q.at})
  if wrong then
    end_unwritable(q, e.id, wrong)
  elseif e.how == 'retry' then
    call('HSET', q.p .. 'job:' .. e.id, 'state', 'waiting', 'retry_at', e.at, 'worker', '')
    call('ZADD', q.p .. 'due', e.at, e.id)
    add(q, 'waiting', 1)
  else
    if e.how == 'release' then
      call('HINCRBY', q.p .. 'job:' .. e.id, 'attempt', -1)
    end
    back_to_lane(q, e.id, school)
  end
end

local function end_running(q, e, lease)
  local wrong = write_safely(q, e.id, e.change, {'state', e.how, 'rev', e.rev, 'updated_at', q.at,
    'worker', '', 'finished_at', q.at})
  if wrong then
    end_unwritable(q, e.id, wrong)
    return
  end
  if lease.state == 'w' then
    call('HDEL', q.p .. 'job:' .. e.id, 'retry_at')
  end
  if e.dead then
    keep_open(q, e.id, lease.class, string.match(lease.like, '^[^+]*'))
  end
  let_end(q, e.id, lease.class, e.how, e.dead, true)
end

-- A finish begins with how id rev attempt: then nfields (field value)* when how is plain,
-- else dead at <change>.
local function read_finish(args, i)
  local e = {how = args[i] == 'plain' and 'done' or args[i], id = args[i + 1], rev = args[i + 2],
    attempt = args[i + 3]}
  if args[i] == 'plain' then
    e.change = {fields = {unpack(args, i + 5, i + 4 + 2 * tonumber(args[i + 4]))}, rows = NONE,
      effects = NONE}
  else
    e.dead, e.at, e.change = args[i + 4] == '1', args[i + 5], read_change(args, i + 6)
  end
  return e
end

-- Where n finishes begin, and where they end.
local function finishes(args, i, n)
  local at, ids = {}, {}
  for k = 1, n do
    at[k], ids[k] = i, args[i + 1]
    if args[i] == 'plain' then
      i = i + 5 + 2 * tonumber(args[i + 4])
    else
      i = after_change(args, i + 6)
    end
  end
  return at, ids, i
end

-- What running says of each of these, in columns, and what they touch together.
local function leases_of(q, ids)
  local held = call('HMGET', q.p .. 'running:' .. q.worker, unpack(ids))
  local l = {attempt = {}, state = {}, like = {}, class = {}, school = {}}
  local classes, schools, n = {}, {}, 0
  for k = 1, #ids do
    if held[k] then
      l.attempt[k], l.state[k], l.like[k], l.class[k], l.school[k] = read_lease(held[k])
      n = n + 1
      classes[n], schools[n] = l.class[k], l.school[k]
    end
  end
  look_up(q.live, classes)
  look_up(q.load, schools)
  return l
end

-- Not ours any more: true when it was said before, and heard.
local function was_ours(q, args, i)
  return was_said(q, read_finish(args, i))
end

-- Ends, or stays: what is not as plain as most. 1 when it was ours to say.
local function finish_one(q, args, i, l, k, again)
  if l.attempt[k] ~= args[i + 3] or (args[i] == 'release' and was_ours(q, args, i)) then
    return was_ours(q, args, i)
  end
  local e = read_finish(args, i)
  call('HDEL', q.p .. 'running:' .. q.worker, e.id)
  add(q, COUNTED[l.state[k]], -1)
  change_load(q, l.school[k], -1)
  if again then
    call('HDEL', q.p .. 'again', e.id)
  end
  if e.how == 'release' or e.how == 'retry' or (e.how == 'done' and again) then
    stay(q, e, l.school[k])
  else
    end_running(q, e, {state = l.state[k], like = l.like[k], class = l.class[k]})
  end
  let_turn(q, {[l.school[k]] = true})
  return true
end

-- The jobs that are done with nothing more to say than some fields, and nobody waits for
-- their class: most are. The loop is what most jobs pass, so it calls little. Gives the
-- places of the others.
local function end_plain(q, args, at, l, again)
  local others, live, job, now = {}, q.live.has, q.p .. 'job:', q.at
  local ended, gone, classes, freed, n = q.ended, q.bodies_gone, {}, {}, 0
  for k = 1, #at do
    local i, class = at[k], l.class[k]
    local id = args[i + 1]
    if args[i] == 'plain' and l.attempt[k] == args[i + 3] and l.state[k] == 'r' and not again[k]
        and live[class] == l.like[k] .. '=' .. id
        and pcall(call, 'HSET', job .. id, 'state', 'done', 'rev', args[i + 2], 'updated_at', now,
          'worker', '', 'finished_at', now, unpack(args, i + 5, i + 4 + 2 * args[i + 4])) then
      n = n + 1
      ended[n], gone[n], classes[n], live[class] = id, id, class, false
      local school = l.school[k]
      freed[school] = (freed[school] or 0) + 1
    else
      others[#others + 1] = k
    end
  end
  many('HDEL', q.live.key, classes)
  many('HDEL', q.p .. 'running:' .. q.worker, ended)
  add(q, 'running', -n)
  add(q, 'done', n)
  return others, freed
end

-- The finishes of one call, n of them from args[i] on. Gives the places of those that are
-- not ours to say, and where they end in args.
local function finish(q, args, i, n)
  local refused = {}
  if n == 0 then
    return refused, i
  end
  local at, ids, after = finishes(args, i, n)
  local l, again = leases_of(q, ids), {}
  if there_is(q, 'again') then
    again = call('HMGET', q.p .. 'again', unpack(ids))
  end
  local others, freed = end_plain(q, args, at, l, again)
  for school, m in pairs(freed) do
    change_load(q, school, -m)
  end
  let_turn(q, freed)
  for _, k in ipairs(others) do
    if not finish_one(q, args, at[k], l, k, again[k]) then
      refused[#refused + 1] = k
    end
  end
  return refused, after
end

-- A touch that cannot be written ends its job.
local function fail_unwritable(q, id, state, school, wrong)
  call('HDEL', q.p .. 'running:' .. q.worker, id)
  call('HDEL', q.p .. 'again', id)
  add(q, COUNTED[state], -1)
  change_load(q, school, -1)
  let_turn(q, {[school] = true})
  end_unwritable(q, id, wrong)
  settle(q)
end

local UNLIMITED, FOREVER = 1e9, 1e15   -- touch trims nothing

-- worker id attempt rev was is <change>: {1, cancelled_by} or {0} when not mine. was
-- and is are the states around it, running or waiting.
local function touch(keys, args)
  local q = open_call(keys, args[1], UNLIMITED, FOREVER)
  local id, attempt, rev, is = args[2], args[3], args[4], args[6]
  local running = q.p .. 'running:' .. q.worker
  local lease = call('HGET', running, id)
  local held, state, like, class, school
  if lease then
    held, state, like, class, school = read_lease(lease)
  end
  if held ~= attempt then
    return {0, ''}
  end
  local had = tonumber(call('HGET', q.p .. 'job:' .. id, 'rev') or '0')
  if had < tonumber(rev) then
    local wrong = write_safely(q, id, read_change(args, 7), {'state', is, 'rev', rev,
      'updated_at', q.at})
    if wrong then
      fail_unwritable(q, id, state, school, wrong)
      return {0, ''}
    end
    if COUNTED[state] ~= is then
      local now_is = is == 'waiting' and ' w ' or ' r '
      call('HSET', running, id, held .. now_is .. like .. ' ' .. class)
      call('HINCRBY', q.p .. 'counts', COUNTED[state], -1)
      call('HINCRBY', q.p .. 'counts', is, 1)
    end
  end
  return {1, cancelled_by(q, id) or ''}
end
