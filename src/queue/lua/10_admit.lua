--[[
Admission: envelopes go from the inbox to a lane, to due or straight to an end. The worker
that has the intake reads the head of the inbox without taking it, reads the JSON outside
Redis's one thread, and says what it found; only then does the text leave the inbox, so a
worker that dies meanwhile has nothing to give back.
]]
local BAD_KEPT = 1000
local ADMITTED_MAX = 20000

local INTAKE_SILENCE_MS = 2500

-- One worker at a time takes from the inbox, so that what was pushed first is admitted
-- first; all of them claim. The intake passes on when its worker is gone or has missed two
-- heartbeats, long before its lease is over.
local function has_intake(q)
  if q.intake == nil then
    local holder = call('GET', q.p .. 'intake')
    if holder == q.worker then
      q.intake = true
    else
      local seen = holder and call('HGET', q.p .. 'worker:' .. holder, 'seen')
      q.intake = not seen or q.now - seen >= INTAKE_SILENCE_MS
      if q.intake then
        call('SET', q.p .. 'intake', q.worker)
      end
    end
  end
  return q.intake
end

-- ---- one envelope, with the worker's verdict on it -----------------------------------

local function keep_bad(q, why, kept)
  call('LPUSH', q.p .. 'bad', cjson.encode({at = q.now, why = why, envelope = kept}))
  call('LTRIM', q.p .. 'bad', 0, BAD_KEPT - 1)
end

-- The register of a class as the school last said it: one string, replaced whole, so
-- that nobody ever reads half of it. What a later envelope without learners says of the
-- class is kept beside it. A register that went from some to none is marked (the brake).
local function keep_register(q, e)
  if call('EXISTS', q.p .. 'school:' .. e.school) == 0 then
    return
  end
  local class = q.p .. 'class:' .. e.school .. ':' .. e.class
  if e.learners < 0 then
    call('HSET', class .. ':register', 'more', e.register)
    return
  end
  local empty = e.learners == 0 and 1 or 0
  if empty == 0 then
    call('HDEL', class, 'emptied_at')
  elseif call('HGET', class .. ':register', 'empty') == '0' then
    call('HSETNX', class, 'emptied_at', q.at)
  end
  call('HSET', class .. ':register', 'seq', e.order, 'text', e.register, 'empty', empty)
  call('HDEL', class .. ':register', 'more')
end

-- The record of a job that is new in this call. What changes most stands first: a small
-- hash is searched from its head. A claim in the same call knows the places 2, 4 and 8.
local function new_record(q, e)
  local record = {'state', 'queued', 'rev', '1', 'updated_at', q.at, 'attempt', '0', 'crashes', '0',
    'type', e.type, 'school', e.school, 'class', e.class, 'requested_by', e.requested_by,
    'queued_at', q.at, 'order', e.lane_order}
  if e.like ~= e.type then
    record[#record + 1] = 'like'
    record[#record + 1] = e.like
  end
  q.fresh[e.id] = {state = 'queued', record = record, school = e.school, class = e.class,
    like = e.like, order = e.lane_order, body = e.body}
  q.arrived[#q.arrived + 1] = e.id
end

-- A new job that ends without ever having run.
local function end_unstarted(q, id, state, ...)
  local f = q.fresh[id]
  f.state, f.record[2], f.record[4] = 'ended', state, '2'
  say(q, id, 'finished_at', q.at, ...)
  q.ended[#q.ended + 1] = id
  if state ~= 'joined' then
    add(q, state, 1)
  end
end

-- A job that is joined while it runs may have read an older register than the one that
-- came with its like: it goes round again before it is done.
local function ask_again(q, id)
  local state = not q.fresh[id] and call('HGET', q.p .. 'job:' .. id, 'state')
  if state == 'running' or state == 'waiting' then
    call('HSET', q.p .. 'again', id, 1)
    q.seldom = nil
  end
end

-- Where a job that may run now goes: to its lane, behind its class, or to its like, whose
-- id is given. news: it came with something new to say of its class.
local function enter(q, id, school, class, like, order, news)
  if class ~= '' or string.find(like, '^sync%-school') then
    local how, first = hold_class(q, class_key(school, class), like, id)
    if how == 'joins' then
      if news then
        ask_again(q, first)
      end
      return first
    end
    if how == 'behind' then
      add(q, 'queued', 1)
      return nil
    end
  end
  make_ready(q, school, id, order)
  add(q, 'queued', 1)
  return nil
end

local function admit_one(q, e, who)
  if e.verdict == 'bad' then
    new_record(q, e)
    keep_bad(q, e.body, e.register)
    end_unstarted(q, e.id, 'failed', 'error_code', e.code, 'error', e.body)
    return
  end
  if e.register ~= '' then
    keep_register(q, e)
  end
  new_record(q, e)
  if who then
    end_unstarted(q, e.id, 'cancelled', 'cancelled_by', who)
  elseif e.at > q.now then
    q.fresh[e.id].state, q.fresh[e.id].record[2] = 'waiting', 'waiting'
    say(q, e.id, 'retry_at', text_of(e.at))
    call('ZADD', q.p .. 'due', text_of(e.at), e.id)
    add(q, 'waiting', 1)
  else
    local first = enter(q, e.id, e.school, e.class, e.like, e.lane_order, e.register ~= '')
    if first then
      end_unstarted(q, e.id, 'joined', 'joined', first)
    end
  end
end

-- A record of another's making that is not what it should be must not take the envelope
-- with it: it is kept among the bad ones, and its job says why.
local function admit_safely(q, e, who)
  local fine, why = pcall(admit_one, q, e, who)
  if fine then
    return
  end
  local wrong = tostring(type(why) == 'table' and why.err or why)
  keep_bad(q, wrong, string.sub(e.raw, 1, 2000))
  if not q.fresh[e.id] then
    new_record(q, e)
    end_unstarted(q, e.id, 'failed', 'error_code', 'internal', 'error',
      'This job could not be taken up: ' .. wrong)
  end
end

-- ---- all of them ---------------------------------------------------------------------

-- An admission begins with verdict id length school class type requested_by. Of most jobs
-- there is no more to say (plain); the others go on with code priority at body register
-- learners.
local PLAIN_WORDS, WORDS = 7, 13

local function read_admission(args, i, raw)
  local verdict, more = string.match(args[i], '^(%a+)(.*)$')
  local plain = verdict == 'plain'
  return {verdict = verdict, raw = raw, id = args[i + 1], school = args[i + 3], class = args[i + 4],
    type = args[i + 5], like = args[i + 5] .. more, requested_by = args[i + 6],
    code = not plain and args[i + 7], background = not plain and args[i + 8] == 'background',
    at = plain and 0 or tonumber(args[i + 9]),
    body = not plain and args[i + 10] ~= '' and args[i + 10] or raw,
    register = plain and '' or args[i + 11], learners = plain and -1 or tonumber(args[i + 12])}
end

-- Which of these ids have a job already, and who wants which cancelled: mostly there is
-- neither. A key that is no record of ours cannot be a job: its envelope is kept among the
-- bad ones.
local function known_ids(q, ids, texts)
  local keys, known, who, n = {}, {}, {}, #ids
  local job, cancel = q.p .. 'job:', q.p .. 'cancel:'
  for i = 1, n do
    keys[i], keys[n + i] = job .. ids[i], cancel .. ids[i]
  end
  if n == 0 or call('EXISTS', unpack(keys)) == 0 then
    return known, who
  end
  for i, flag in ipairs(all_cancelled_by(q, ids)) do
    who[ids[i]] = flag
  end
  for i, id in ipairs(ids) do
    local readable, rev = pcall(call, 'HGET', keys[i], 'rev')
    known[id] = not readable or rev ~= false
    if not readable then
      keep_bad(q, tostring(type(rev) == 'table' and rev.err or rev), string.sub(texts[i], 1, 2000))
    end
  end
  return known, who
end

-- Takes from the inbox the texts for which the worker has said what they are; gives them
-- and where in args that begins, fewer than n when one is not what the worker read.
local function arrivals(q, args, i, n)
  local raws, at = call('LPOP', q.inbox, n) or {}, {}
  for k = 1, #raws do
    local raw = raws[k]
    if #raw ~= tonumber(args[i + 2]) or not string.find(raw, args[i + 1], 1, true) then
      for back = #raws, k, -1 do
        call('LPUSH', q.inbox, raws[back])
      end
      break
    end
    at[k] = i
    i = i + (args[i] == 'plain' and PLAIN_WORDS or WORDS)
  end
  return raws, at
end

-- What there is to know of the arrivals, read together: ids that have a job, and who
-- wants which cancelled; the classes' holders and the schools' loads.
local function look_up_arrivals(q, args, at, raws)
  local ids, texts, classes, schools = {}, {}, {}, {}
  for k = 1, #at do
    local i = at[k]
    if args[i + 1] ~= '' then
      local n = #ids + 1
      ids[n], texts[n], schools[n] = args[i + 1], raws[k], args[i + 3]
      classes[n] = class_key(args[i + 3], args[i + 4])
    end
  end
  look_up(q.live, classes)
  look_up(q.load, schools)
  local known, who = known_ids(q, ids, texts)
  return known, who, out_of_turn(q, schools)
end

-- With no school waiting for its turn and a claim left for everything that is ready or
-- arrives, nobody is kept back when a job goes straight to the worker that admits it: it
-- is written once, as running. k is its number among the admissions.
local RUNNING = {state = 'running'}

local function send_through(q, args, i, raw, k)
  local id, school, class, kind = args[i + 1], args[i + 3], args[i + 4], args[i + 5]
  local key, n, b = school .. ':' .. class, #q.leased, #q.bodies
  call('HSET', q.p .. 'job:' .. id, 'state', 'running', 'rev', '2', 'updated_at', q.at,
    'attempt', '1', 'worker', q.worker, 'crashes', '0', 'started_at', q.at, 'queued_at', q.at,
    'type', kind, 'school', school, 'class', class, 'requested_by', args[i + 6])
  q.fresh[id] = RUNNING
  q.leased[n + 1], q.leased[n + 2] = id, '1 r ' .. kind .. ' ' .. key
  q.bodies[b + 1], q.bodies[b + 2] = id, raw
  put(q.live, key, kind .. '=' .. id)
  change_load(q, school, 1)
  q.through[#q.through + 1] = k
end

local function may_go_through(q, args, i, out)
  local school = args[i + 3]
  return args[i] == 'plain' and not out[school] and load_of(q, school) < q.cap
    and q.live.has[school .. ':' .. args[i + 4]] == false
end

-- The admissions of one call, n of them from args[i] on, of which up to claims may go
-- straight through. True when the worker has lost its place in the inbox.
local function admit(q, args, i, n, claims)
  if n == 0 then
    return false
  end
  local raws, at = {}, {}
  if has_intake(q) then
    raws, at = arrivals(q, args, i, n)
  end
  if #at == 0 then
    return true
  end
  local known, who, out = look_up_arrivals(q, args, at, raws)
  local through = q.idle and #q.ready + #at <= claims and not there_is(q, 'open')
  local order
  for k = 1, #at do
    i = at[k]
    local id = args[i + 1]
    if known[id] or q.fresh[id] or args[i] == 'wake' then
      -- a portal may say the same thing twice
    elseif through and not who[id] and may_go_through(q, args, i, out) then
      send_through(q, args, i, raws[k], k)
    elseif args[i] == 'junk' then
      keep_bad(q, args[i + 10], args[i + 11])
    else
      order = order or call('HINCRBY', q.p .. 'clock', 'arrivals', #at) - #at
      local e = read_admission(args, i, raws[k])
      e.order = text_of(order + k)
      e.lane_order = e.background and text_of(order + k + PRIORITY) or e.order
      admit_safely(q, e, who[id])
    end
  end
  return #at < n
end

local function queued(q)
  return tonumber(call('HGET', q.p .. 'counts', 'queued') or '0')
end

-- 0: another worker has the intake; 1: it is this one's; 2: and there is no room to admit more.
local function intake_of(q)
  if not has_intake(q) then
    return 0
  end
  return queued(q) >= ADMITTED_MAX and 2 or 1
end

-- Wakes one worker that sleeps without the intake.
local function pass_baton(q)
  if call('EXISTS', q.p .. 'ring', q.inbox) > 0 and call('EXISTS', q.p .. 'baton') == 0 then
    call('RPUSH', q.p .. 'baton', '')
  end
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
    local r = call('HMGET', job, 'school', 'class', 'type', 'order', 'like', 'rev')
    if r[1] then
      add(q, 'waiting', -1)
      call('HDEL', job, 'retry_at', 'message')
      local joined = enter(q, id, r[1], r[2], r[5] or r[3], r[4] or '0', false)
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
