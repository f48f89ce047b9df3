--[[
Arrivals: the admissions of one call together, from the inbox or from what a school has
waiting outside it.
]]

-- An admission begins with verdict id length school class type requested_by. Of most jobs
-- there is no more to say (plain); the others go on with code priority at body register
-- learners teachers.
local PLAIN_WORDS, WORDS = 7, 14

local function read_admission(args, i, raw)
  local verdict, more = string.match(args[i], '^(%a+)(.*)$')
  local plain = verdict == 'plain'
  return {verdict = verdict, raw = raw, id = args[i + 1], school = args[i + 3], class = args[i + 4],
    type = args[i + 5], like = args[i + 5] .. more, requested_by = args[i + 6],
    code = not plain and args[i + 7], background = not plain and args[i + 8] == 'background',
    at = plain and 0 or tonumber(args[i + 9]),
    body = not plain and args[i + 10] ~= '' and args[i + 10] or raw,
    register = plain and '' or args[i + 11], learners = plain and -1 or tonumber(args[i + 12]),
    teachers = plain and '' or args[i + 13]}
end

local function give_back(list, raws, from, to)
  for back = to, from, -1 do
    call('LPUSH', list, raws[back])
  end
end

-- Takes from the list the texts for which the worker has said what they are; gives them
-- and where in args that begins, fewer than n when one is not what the worker read: its
-- length tells, and its id, unless a length below 0 says that it is not written out.
local function arrivals(q, list, args, i, n)
  local raws, at = call('LPOP', list, n) or {}, {}
  for k = 1, #raws do
    local raw, length = raws[k], tonumber(args[i + 2])
    if #raw ~= math.abs(length) or length > 0 and not string.find(raw, args[i + 1], 1, true) then
      give_back(list, raws, k, #raws)
      break
    end
    at[k] = i
    i = i + (args[i] == 'plain' and PLAIN_WORDS or WORDS)
  end
  return raws, at
end

-- Which of the arrivals have a job already, and who wants which cancelled: mostly there is
-- neither, and one look at all the keys tells. A key that is no record of ours cannot be a
-- job: its envelope is kept among the bad ones.
local function look_up_jobs(q, a, raws)
  local keys, n = {}, #a.id
  local cancel = q.p .. 'cancel:'
  for k = 1, n do
    keys[k], keys[n + k] = a.job[k], cancel .. a.id[k]
  end
  if call('EXISTS', unpack(keys)) == 0 then
    return
  end
  local flags = all_cancelled_by(q, a.id)
  for k = 1, n do
    local readable, rev = pcall(call, 'HGET', a.job[k], 'rev')
    a.known[a.id[k]] = not readable or rev ~= false
    a.who[a.id[k]] = flags[k]
    if not readable and a.id[k] ~= '' then
      keep_bad(q, tostring(type(rev) == 'table' and rev.err or rev), string.sub(raws[k], 1, 2000))
    end
  end
end

-- What there is to know of the arrivals, in columns, read together: the keys of their jobs
-- and classes, who holds these, and how many jobs their schools run.
local function look_up_arrivals(q, args, at, raws)
  local a = {id = {}, job = {}, class = {}, known = {}, who = {}}
  local ids, jobs, classes, schools, job = a.id, a.job, a.class, {}, q.p .. 'job:'
  for k = 1, #at do
    local i = at[k]
    ids[k], jobs[k] = args[i + 1], job .. args[i + 1]
    classes[k], schools[k] = args[i + 3] .. ':' .. args[i + 4], args[i + 3]
  end
  look_up(q.live, classes)
  look_up(q.load, schools)
  look_up_jobs(q, a, raws)
  a.out = out_of_turn(q, schools)
  return a
end

-- With no school waiting for its turn and a claim left for everything that is ready or
-- arrives, nobody is kept back when a job goes straight to the worker that admits it: it
-- is written once, as running. The loop is what most jobs pass, so it calls little.
local RUNNING = {state = 'running'}

local function pass_through(q, args, at, raws, a)
  local live, fresh, known, who, out, cap = q.live.has, q.fresh, a.known, a.who, a.out, q.cap
  local loads, leased, bodies, held, through, n = {}, q.leased, q.bodies, {}, q.through, 0
  local now, worker = q.at, q.worker
  for k = 1, #at do
    local i, id, key = at[k], a.id[k], a.class[k]
    local school, kind = args[i + 3], args[i + 5]
    local load = loads[school] or load_of(q, school)
    if args[i] == 'plain' and load < cap and live[key] == false and not out[school]
        and not known[id] and not who[id] and not fresh[id] then
      local holder = kind .. '=' .. id
      call('HSET', a.job[k], 'state', 'running', 'rev', '2', 'updated_at', now, 'attempt', '1',
        'worker', worker, 'crashes', '0', 'started_at', now, 'queued_at', now, 'type', kind,
        'school', school, 'class', args[i + 4], 'requested_by', args[i + 6])
      fresh[id], live[key], loads[school] = RUNNING, holder, load + 1
      leased[2 * n + 1], leased[2 * n + 2] = id, '1 r ' .. kind .. ' ' .. key
      bodies[2 * n + 1], bodies[2 * n + 2] = id, raws[k]
      held[2 * n + 1], held[2 * n + 2] = key, holder
      n = n + 1
      through[n] = k
    end
  end
  many_into(q.live.key, held)
  for school, load in pairs(loads) do
    put(q.load, school, load)
  end
  add(q, 'running', n)
end

-- One of which there is no more to say, whose class is free: to its lane.
local function line_up(q, args, i, raw, id, class, job, order)
  local school, kind, b = args[i + 3], args[i + 5], #q.bodies
  call('HSET', job, 'state', 'queued', 'rev', '1', 'updated_at', q.at, 'attempt', '0',
    'crashes', '0', 'type', kind, 'school', school, 'class', args[i + 4], 'requested_by',
    args[i + 6], 'queued_at', q.at, 'order', order)
  put(q.live, class, kind .. '=' .. id)
  q.bodies[b + 1], q.bodies[b + 2] = id, raw
  make_ready(q, school, id, order)
  add(q, 'queued', 1)
end

-- One arrival that has to wait, to join, or to end at once.
local function take_in(q, args, i, raw, order, who)
  if args[i] == 'junk' then
    keep_bad(q, args[i + 10], args[i + 11])
  else
    local e = read_admission(args, i, raw)
    e.order = text_of(order)
    e.lane_order = e.background and text_of(order + PRIORITY) or e.order
    admit_safely(q, e, who)
  end
end

-- The admissions of one call, n of them from args[i] on, of which up to claims may go
-- straight through; outside is whose overflow they come from, '' for the inbox.
-- True when the worker has lost its place there.
local function admit(q, args, i, n, outside, claims)
  if n == 0 then
    return false
  end
  local list = outside == '' and q.inbox or q.p .. 'overflow:' .. outside
  local raws, at = {}, {}
  if has_intake(q) then
    raws, at = arrivals(q, list, args, i, n)
  end
  if #at == 0 then
    return true
  end
  -- keys of the library's own that are another's making: nothing may be lost by that
  local fine, a = pcall(look_up_arrivals, q, args, at, raws)
  if not fine then
    give_back(list, raws, 1, #at)
    error(a)
  end
  if outside ~= '' then
    came_in(q, outside, #at)
  end
  local order
  if q.idle and #q.ready + #at <= claims and not there_is(q, 'open')
      and not there_is(q, 'overflowing') then
    pass_through(q, args, at, raws, a)
  end
  if #q.through < #at then
    order = call('HINCRBY', q.p .. 'clock', 'arrivals', #at) - #at
    for k = 1, #at do
      local id = a.id[k]
      local i, seen, who = at[k], a.known[id] or q.fresh[id], a.who[id]
      local goes_on = not who and args[i] ~= 'bad' and args[i] ~= 'junk'
      if seen or args[i] == 'wake' then
        -- a portal may say the same thing twice
      elseif goes_on and wait_outside(q, args[i + 3], args[i + 5], outside, raws[k]) then
        -- it is read again when there is room
      elseif args[i] == 'plain' and not who and get(q.live, a.class[k]) == false then
        line_up(q, args, i, raws[k], id, a.class[k], a.job[k], text_of(order + k))
        a.known[id] = true
      else
        take_in(q, args, i, raws[k], order + k, who)
      end
    end
  end
  return #at < n
end

-- Wakes one worker that sleeps without the intake.
local function pass_baton(q)
  local work = is_paused(q, '*') and q.inbox or q.p .. 'ring'
  if call('EXISTS', work, q.inbox) > 0 and call('EXISTS', q.p .. 'baton') == 0 then
    call('RPUSH', q.p .. 'baton', '')
  end
end

-- Wakes those that sleep, also the one that has the intake.
local function wake(q)
  if work_ready(q) > 0 and call('LLEN', q.inbox) == 0 then
    call('RPUSH', q.inbox, '')
  end
  pass_baton(q)
end

-- What is due goes on; at most 64 at a time. Gives when the next one is, 0 if there is none.
local function promote(q)
  local first = call('ZRANGE', q.p .. 'due', 0, 0, 'WITHSCORES')
  if not first[1] or tonumber(first[2]) > q.now then
    return tonumber(first[2] or '0')
  end
  local ids = call('ZRANGEBYSCORE', q.p .. 'due', '-inf', q.at, 'LIMIT', 0, 64)
  call('ZREM', q.p .. 'due', unpack(ids))
  for _, id in ipairs(ids) do
    local job = q.p .. 'job:' .. id
    local r = call('HMGET', job, 'school', 'class', 'type', 'order', 'like', 'rev', 'attempt')
    if r[1] then
      add(q, 'waiting', -1)
      call('HDEL', job, 'retry_at', 'message')
      local joined = enter(q, id, r[1], r[2], r[5] or r[3], r[4] or '0', r[7] == '0')
      call('HSET', job, 'state', joined and 'joined' or 'queued', 'updated_at', q.at,
        'rev', tonumber(r[6]) + 1)
      if joined then
        call('HSET', job, 'joined', joined, 'finished_at', q.at)
        q.bodies_gone[#q.bodies_gone + 1] = id
        q.ended[#q.ended + 1] = id
      end
    end
  end
  return tonumber(call('ZRANGE', q.p .. 'due', 0, 0, 'WITHSCORES')[2] or '0')
end
