--[[
How a job ends, from wherever it was: its record stays for a while, its class goes to
the next job, and what an operator should look at keeps its envelope.
]]

local function record_of(q, id)
  local r = call('HMGET', q.p .. 'job:' .. id, 'school', 'class', 'type', 'order', 'state', 'rev',
    'attempt', 'crashes', 'streak', 'phase', 'like')
  return {school = r[1] or '', class = r[2] or '', type = r[3] or '', order = r[4] or '0',
    state = r[5] or '', rev = tonumber(r[6] or '0'), attempt = r[7], crashes = tonumber(r[8] or '0'),
    streak = tonumber(r[9] or '0'), phase = r[10] or '', worked = r[9] and true or false,
    like = r[11] or r[3] or ''}
end

-- What a job had set out to do when it failed may have happened all the same: its
-- checkpoint waits for the next job of its type and class.
local function open_key(key, type)
  return key .. ' ' .. type
end

local function keep_open(q, id, key, type)
  local saved = call('GET', q.p .. 'job:' .. id .. ':saved')
  if saved then
    call('HSET', q.p .. 'open', open_key(key, type), saved)
    call('ZADD', q.p .. 'opened', q.at, open_key(key, type))
    q.seldom = nil
  end
end

-- It waits for as long as the record of the job that failed so is kept.
local function forget_open(q)
  if not there_is(q, 'open') then
    return
  end
  local oldest = string.match(call('LINDEX', q.p .. 'finished', 0) or '', '^%d+') or q.at
  local over = call('ZRANGEBYSCORE', q.p .. 'opened', '-inf', '(' .. oldest, 'LIMIT', 0, 100)
  many('ZREM', q.p .. 'opened', over)
  many('HDEL', q.p .. 'open', over)
end

-- What is the same for every end. The record itself has been told, or is about to be; key
-- is the class's, and worked: there may be a checkpoint.
local function let_end(q, id, key, state, dead, worked)
  add(q, state, 1)
  if dead then
    call('ZADD', q.p .. 'dead', q.at, id)
    add(q, 'dead', 1)
  else
    q.bodies_gone[#q.bodies_gone + 1] = id
  end
  if worked then
    q.keys_gone[#q.keys_gone + 1] = q.p .. 'job:' .. id .. ':saved'
  end
  q.ended[#q.ended + 1] = id
  leave_class(q, key, id)
end

-- dead: how a job died that could not say so itself, 'crashed' or 'failed'. A whole school's
-- has a run to tell of.
local function end_job(q, id, r, state, dead)
  local job, run = q.p .. 'job:' .. id, q.p .. 'run:' .. r.school .. ':' .. id
  if dead and r.worked then
    keep_open(q, id, class_key(r.school, r.class), r.type)
  end
  if dead then
    local readable, was = pcall(call, 'HGET', run, 'state')
    if readable and was == 'running' then
      call('HSET', run, 'state', dead, 'finished_at', q.at)
    end
  end
  call('HSET', job, 'state', state, 'finished_at', q.at, 'updated_at', q.at, 'worker', '')
  call('HDEL', job, 'retry_at')
  let_end(q, id, class_key(r.school, r.class), state, dead, r.worked)
end

-- Without those of jobs that were tried again since.
local function true_entries(q, entries)
  if not there_is(q, 'unlisted') then
    return entries
  end
  local good = {}
  for i, is in ipairs(call('SMISMEMBER', q.p .. 'unlisted', unpack(entries))) do
    if is == 0 then
      good[#good + 1] = entries[i]
    end
  end
  many('SREM', q.p .. 'unlisted', entries)
  return good
end

-- Keeps what has ended for a while and lets the oldest go: two for each that comes.
local function retain(q)
  local coming = #q.ended
  if coming == 0 then
    return
  end
  local finished, words, stamp = q.p .. 'finished', {}, q.at .. ':'
  for i = 1, coming do
    words[i] = stamp .. q.ended[i]
  end
  local length, over, old = 0, {}, {}
  for first = 1, coming, CHUNK do
    length = call('RPUSH', finished, unpack(words, first, math.min(first + CHUNK - 1, coming)))
  end
  local function is_over(entry, ahead)
    local at = string.match(entry, '^%d+')
    return length - ahead > q.keep or tonumber(at) <= q.now - q.keep_ms
  end
  if not is_over(call('LINDEX', finished, 0), 0) then
    return
  end
  for i, entry in ipairs(call('LRANGE', finished, 0, 2 * coming - 1)) do
    if not is_over(entry, i - 1) then
      break
    end
    over[i] = entry
  end
  call('LTRIM', finished, #over, -1)
  for i, entry in ipairs(true_entries(q, over)) do
    old[i] = string.match(entry, '^%d+:(.*)$')
    q.keys_gone[#q.keys_gone + 1] = q.p .. 'job:' .. old[i]
    q.keys_gone[#q.keys_gone + 1] = q.p .. 'job:' .. old[i] .. ':learners'
  end
  local dead = many('ZREM', q.p .. 'dead', old)
  if dead ~= 0 then
    add(q, 'dead', -dead)
    many('HDEL', q.p .. 'bodies', old)
  end
end

-- Records of jobs that are new, and the envelopes of those that go on.
local function write_arrived(q)
  for _, id in ipairs(q.arrived) do
    local f = q.fresh[id]
    call('HSET', q.p .. 'job:' .. id, unpack(f.record))
    if f.state ~= 'ended' then
      q.bodies[#q.bodies + 1] = id
      q.bodies[#q.bodies + 1] = f.body
    end
  end
  many('HSET', q.p .. 'bodies', q.bodies)
end

-- Writes what the call has gathered. Each that uses open_call ends with it.
local function settle(q)
  fill_lanes(q)
  write_arrived(q)
  q.fresh, q.arrived, q.bodies = {}, {}, {}
  if q.leased and #q.leased > 0 then
    many_into(q.p .. 'running:' .. q.worker, q.leased)
  end
  write_back(q.live)
  write_back(q.load)
  many('HDEL', q.p .. 'bodies', q.bodies_gone)
  retain(q)
  for first = 1, #q.keys_gone, CHUNK do
    call('UNLINK', unpack(q.keys_gone, first, math.min(first + CHUNK - 1, #q.keys_gone)))
  end
  for field, n in pairs(q.counts) do
    if n ~= 0 then
      call('HINCRBY', q.p .. 'counts', field, n)
    end
  end
end
