--[[
Arrivals: the admissions of one call together, from the inbox or from what a school has
waiting outside it.
]]

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

-- Takes from the list the texts for which the worker has said what they are; gives them
-- and where in args that begins, fewer than n when one is not what the worker read.
local function arrivals(q, list, args, i, n)
  local raws, at = call('LPOP', list, n) or {}, {}
  for k = 1, #raws do
    local raw = raws[k]
    if #raw ~= tonumber(args[i + 2]) or not string.find(raw, args[i + 1], 1, true) then
      for back = #raws, k, -1 do
        call('LPUSH', list, raws[back])
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
-- straight through; outside is the school whose overflow they come from, '' for the inbox.
-- True when the worker has lost its place there.
local function admit(q, args, i, n, outside, claims)
  if n == 0 then
    return false
  end
  local raws, at = {}, {}
  if has_intake(q) then
    raws, at = arrivals(q, outside == '' and q.inbox or q.p .. 'overflow:' .. outside, args, i, n)
  end
  if #at == 0 then
    return true
  end
  if outside ~= '' then
    came_in(q, outside, #at)
  end
  local known, who, out = look_up_arrivals(q, args, at, raws)
  local through = q.idle and #q.ready + #at <= claims and not there_is(q, 'open')
    and not there_is(q, 'overflowing')
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
    elseif outside == '' and not who[id] and args[i] ~= 'bad' and overflows(q, args[i + 3]) then
      overflow(q, args[i + 3], raws[k])
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

-- Wakes one worker that sleeps without the intake.
local function pass_baton(q)
  local work = is_paused(q, '*') and q.inbox or q.p .. 'ring'
  if call('EXISTS', work, q.inbox) > 0 and call('EXISTS', q.p .. 'baton') == 0 then
    call('RPUSH', q.p .. 'baton', '')
  end
end

-- Wakes those that sleep, also the one that has the intake.
local function wake(q)
  if schools_ready(q) > 0 and call('LLEN', q.inbox) == 0 then
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
