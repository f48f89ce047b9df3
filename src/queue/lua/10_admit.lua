--[[
Admission: envelopes go inbox -> staging:<w> -> lane, due or straight to an end. The
worker reads the JSON, outside Redis's one thread, and says what it found; the text
itself never leaves Redis until it is admitted, so a worker that dies loses nothing.
]]
local BAD_KEPT = 1000
local ADMITTED_MAX = 20000

-- A job that ends without ever having run.
local function end_unstarted(p, id, now, state, words, opt)
  local record = {'state', state, 'finished_at', now, 'updated_at', now}
  for _, word in ipairs(words) do
    record[#record + 1] = word
  end
  call('HSET', p .. 'job:' .. id, unpack(record))
  call('HINCRBY', p .. 'job:' .. id, 'rev', 1)
  call('HDEL', p .. 'bodies', id)
  retain(p, id, now, opt.keep, opt.keep_ms)
end

-- A job that is joined while it runs may have read an older register than the one that
-- came with its like: it goes round again before it is done.
local function ask_again(p, id)
  local state = call('HGET', p .. 'job:' .. id, 'state')
  if state == 'running' or state == 'waiting' then
    call('HSET', p .. 'job:' .. id, 'again', 1)
  end
end

-- A job that may run now: to its lane, behind its class, or joined to its like; true
-- unless that ended it. news: it came with something new to say of its class.
local function enter(p, id, school, class, type, order, news, now, deltas, opt)
  if class ~= '' or string.find(type, '^sync%-school') then
    local how, first = hold_class(p, class_key(school, class), type, id)
    if how == 'joins' then
      if news then
        ask_again(p, first)
      end
      end_unstarted(p, id, now, 'joined', {'joined', first}, opt)
      return false
    end
    if how == 'behind' then
      add(deltas, 'queued', 1)
      return true
    end
  end
  into_lane(p, school, id, order)
  add(deltas, 'queued', 1)
  return true
end

local function keep_bad(p, now, why, kept)
  call('LPUSH', p .. 'bad', cjson.encode({at = now, why = why, envelope = kept}))
  call('LTRIM', p .. 'bad', 0, BAD_KEPT - 1)
end

-- The register of a class as the school last said it: one string, replaced whole, so
-- that nobody ever reads half of it. What a later envelope without learners says of the
-- class is kept beside it. A register that went from some to none is marked (the brake).
local function keep_register(p, e, order)
  if e.register == '' or call('EXISTS', p .. 'school:' .. e.school) == 0 then
    return
  end
  local class = p .. 'class:' .. e.school .. ':' .. e.class
  if e.learners < 0 then
    call('HSET', class .. ':register', 'more', e.register)
    return
  end
  local empty = e.learners == 0 and 1 or 0
  if empty == 0 then
    call('HDEL', class, 'emptied_at')
  elseif call('HGET', class .. ':register', 'empty') == '0' then
    call('HSETNX', class, 'emptied_at', now_ms())
  end
  call('HSET', class .. ':register', 'seq', order, 'text', e.register, 'empty', empty)
  call('HDEL', class .. ':register', 'more')
end

-- One envelope with the worker's verdict on it.
local function admit_one(p, e, raw, now, deltas, opt)
  if e.verdict == 'wake' then
    return
  end
  if e.verdict == 'junk' then
    keep_bad(p, now, e.body, e.register)
    return
  end
  local job = p .. 'job:' .. e.id
  if call('HSETNX', job, 'rev', 1) == 0 then
    return
  end
  local order = call('HINCRBY', p .. 'clock', 'arrivals', 1)
  keep_register(p, e, order)
  if e.priority == 'background' then
    order = order + PRIORITY
  end
  call('HSET', job, 'state', 'queued', 'type', e.type, 'school', e.school, 'class', e.class,
    'requested_by', e.requested_by, 'queued_at', now, 'updated_at', now, 'attempt', 0,
    'crashes', 0, 'order', string.format('%.0f', order))
  if e.like ~= e.type then
    call('HSET', job, 'like', e.like)
  end
  if e.verdict == 'bad' then
    keep_bad(p, now, e.body, e.register)
    add(deltas, 'failed', 1)
    end_unstarted(p, e.id, now, 'failed', {'error_code', e.code, 'error', e.body}, opt)
    return
  end
  local who = cancelled_by(p, e.id)
  if who then
    add(deltas, 'cancelled', 1)
    end_unstarted(p, e.id, now, 'cancelled', {'cancelled_by', who}, opt)
    return
  end
  call('HSET', p .. 'bodies', e.id, e.body ~= '' and e.body or raw)
  if e.at > now then
    call('ZADD', p .. 'due', e.at, e.id)
    call('HSET', job, 'state', 'waiting', 'retry_at', e.at)
    add(deltas, 'waiting', 1)
  else
    enter(p, e.id, e.school, e.class, e.like, order, e.register ~= '', now, deltas, opt)
  end
end

-- A record of another's making that is not what it should be must not take the envelope
-- with it: it is kept among the bad ones, and its job, if that has begun, says why.
local function admit_safely(p, e, raw, now, deltas, opt)
  local fine, why = pcall(admit_one, p, e, raw, now, deltas, opt)
  if fine then
    return
  end
  local wrong = tostring(type(why) == 'table' and why.err or why)
  keep_bad(p, now, wrong, string.sub(raw, 1, 2000))
  local readable, state = pcall(call, 'HGET', p .. 'job:' .. e.id, 'state')
  if readable and not state then
    add(deltas, 'failed', 1)
    end_unstarted(p, e.id, now, 'failed', {'type', e.type, 'school', e.school, 'class', e.class,
      'error_code', 'internal', 'error', 'This job could not be taken up: ' .. wrong}, opt)
  end
end

-- The admissions of one call, n of them from args[i] on; gives where they end, and whether
-- one did not fit the next text in the staging list. Then the worker has lost its place,
-- and the text stays for when it has looked again.
local function admit(p, worker, args, i, n, now, deltas, opt)
  local staging, astray = p .. 'staging:' .. worker, false
  for k = 1, n do
    local raw = not astray and call('LPOP', staging)
    local verdict, more = string.match(args[i], '^(%a+)(.*)$')
    local e = {verdict = verdict, like = args[i + 3] .. more, code = args[i + 1], id = args[i + 2], type = args[i + 3],
      school = args[i + 4], class = args[i + 5], requested_by = args[i + 6], priority = args[i + 7],
      at = tonumber(args[i + 8]), body = args[i + 9], register = args[i + 10],
      learners = tonumber(args[i + 12])}
    if raw and #raw == tonumber(args[i + 11]) and string.find(raw, e.id, 1, true) then
      admit_safely(p, e, raw, now, deltas, opt)
    elseif raw then
      call('LPUSH', staging, raw)
      astray = true
    end
    i = i + 13
  end
  return i, astray
end

local STAGED_MAX = 1000
-- Back to the head of the inbox, in order and at once: nothing that was pushed later may
-- be admitted between them. A worker stages no more than it takes in two cycles.
local function unstage(p, worker)
  for _ = 1, STAGED_MAX do
    if not call('LMOVE', p .. 'staging:' .. worker, p .. 'inbox', 'RIGHT', 'LEFT') then
      return
    end
  end
end

local INTAKE_SILENCE_MS = 2500

-- One worker at a time takes from the inbox, so that what was pushed first is admitted
-- first; all of them claim. The intake passes on when its worker is gone or has missed two
-- heartbeats, long before its lease is over: nothing is lost by that, since what it had
-- staged goes back first.
local function has_intake(p, worker)
  local holder = call('GET', p .. 'intake')
  if holder == worker then
    return true
  end
  local seen = holder and call('HGET', p .. 'worker:' .. holder, 'seen')
  if seen and now_ms() - seen < INTAKE_SILENCE_MS then
    return false
  end
  if holder then
    unstage(p, holder)
  end
  call('SET', p .. 'intake', worker)
  return true
end

-- Wakes one worker that sleeps without the intake.
local function pass_baton(p)
  if call('EXISTS', p .. 'ring', p .. 'inbox') > 0 and call('EXISTS', p .. 'baton') == 0 then
    call('RPUSH', p .. 'baton', '')
  end
end

-- The next envelopes, for the worker to read. Bounded in number and in bytes.
local function take(p, worker, n, counted)
  local taken, bytes = {}, 0
  local room = has_intake(p, worker) and ADMITTED_MAX - counted or 0
  while #taken < n and #taken < room and bytes < 1048576 do
    local raw = call('LMOVE', p .. 'inbox', p .. 'staging:' .. worker, 'LEFT', 'RIGHT')
    if not raw then
      break
    end
    taken[#taken + 1] = raw
    bytes = bytes + #raw
  end
  return taken
end

-- What is due goes to its lane; at most 64 at a time.
local function promote(p, now, deltas, opt)
  local ids = call('ZRANGEBYSCORE', p .. 'due', '-inf', now, 'LIMIT', 0, 64)
  for _, id in ipairs(ids) do
    call('ZREM', p .. 'due', id)
    local r = call('HMGET', p .. 'job:' .. id, 'school', 'class', 'type', 'order', 'like')
    if r[1] then
      add(deltas, 'waiting', -1)
      call('HDEL', p .. 'job:' .. id, 'retry_at', 'message')
      if enter(p, id, r[1], r[2], r[5] or r[3], r[4], false, now, deltas, opt) then
        call('HSET', p .. 'job:' .. id, 'state', 'queued', 'updated_at', now)
        call('HINCRBY', p .. 'job:' .. id, 'rev', 1)
      end
    end
  end
end
