--[[
Admission: envelopes go from the inbox to a lane, to due or straight to an end. The worker
that has the intake reads the head of the inbox without taking it, reads the JSON outside
Redis's one thread, and says what it found; only then does the text leave the inbox, so a
worker that dies meanwhile has nothing to give back.
]]
local BAD_KEPT = 1000

local INTAKE_SILENCE_MS = 2500

-- One worker at a time takes from the inbox, so that what was pushed first is admitted
-- first; all of them claim. The intake passes on when its worker is gone or has missed two
-- heartbeats, long before its lease is over; a worker that is leaving does not take it back.
local function has_intake(q)
  if q.intake == nil then
    local holder = call('GET', q.p .. 'intake')
    if holder == q.worker then
      q.intake = true
    else
      local seen = holder and call('HGET', q.p .. 'worker:' .. holder, 'seen')
      q.intake = (not seen or q.now - seen >= INTAKE_SILENCE_MS)
        and call('HEXISTS', q.p .. 'worker:' .. q.worker, 'leaving') == 0
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

-- Who teaches the class, as last said; and of each teacher which classes are theirs.
local function keep_teachers(q, e, register)
  local had = call('HGET', register, 'teachers')
  if e.teachers == '' or e.teachers == had then
    return
  end
  local teaches = q.p .. 'teaches:' .. e.school .. ':'
  for _, id in ipairs(had and cjson.decode(had) or {}) do
    call('SREM', teaches .. id, e.class)
  end
  for _, id in ipairs(cjson.decode(e.teachers)) do
    call('SADD', teaches .. id, e.class)
  end
  call('HSET', register, 'teachers', e.teachers)
end

-- The register of a class as the school last said it: one string, replaced whole, so
-- that nobody ever reads half of it. What a later envelope without learners says of the
-- class is kept beside it. A register that went from some to none is marked (the brake).
local function keep_register(q, e)
  if call('EXISTS', q.p .. 'school:' .. e.school) == 0 then
    return
  end
  local class = q.p .. 'class:' .. e.school .. ':' .. e.class
  call('SADD', q.p .. 'schools', e.school)
  call('SADD', q.p .. 'classes:' .. e.school, e.class)
  keep_teachers(q, e, class .. ':register')
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
  call('HSET', class .. ':register', 'seq', e.order, 'text', e.register, 'empty', empty,
    'count', e.learners)
  call('HDEL', class .. ':register', 'more')
end

-- The record of a job that is new in this call. What changes most stands first: a small
-- hash is searched from its head. A claim in the same call knows the places 2, 4, 8 and 12.
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
  if class ~= '' or string.find(like, '^sync%-school') or string.find(like, '^read%-tenant') then
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
