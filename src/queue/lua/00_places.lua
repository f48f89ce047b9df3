--[[
The places of a job, and the one way in and out of each. A job is in exactly one:

  inbox            LIST  envelopes as the portals pushed them
  staging:<w>      LIST  taken by worker w, who has the intake, not yet admitted
  lane:<school>    ZSET  ready, by (priority, order of arrival)
  live             HASH  school:class -> "type=id type=id": the first holds the class,
                         those behind it wait for it and are in no lane
  due              ZSET  not before a time (delayed, or trying again)
  running:<w>      HASH  id -> attempt: leased by worker w; the attempt is the fence
  finished         LIST  "ms:id", oldest first: records that are kept for a while
  dead             ZSET  failed for want of an operator; the envelope is kept
  open             HASH  checkpoints of jobs that failed so, for the next of type and class

intake names the one worker that takes from the inbox; baton wakes one that sleeps
without it. job:<id> is the public record, bodies the envelopes of live and dead jobs, ring the
schools with ready work and room, by virtual time; turns, while anybody is in it, where
the time stands and where each school that went out of it left off. All keys share one hash tag, and
every function derives them from KEYS[1], the inbox.
]]
local call                      -- redis.call, which exists only while a function runs
local PRIORITY = 1e13           -- background jobs sort behind every interactive one
local CRASHES_MAX = 3
local CHUNK = 1000              -- words in one variadic command

local function prefix_of(keys)
  return string.sub(keys[1], 1, -6)
end

local function now_ms()
  local t = call('TIME')
  return t[1] * 1000 + math.floor(t[2] / 1000)
end

-- A command with many words, in pieces that fit Lua's stack.
local function many(command, key, words)
  for first = 1, #words, CHUNK do
    call(command, key, unpack(words, first, math.min(first + CHUNK - 1, #words)))
  end
end

-- Who wants the job cancelled, false if nobody. MGET, since it passes over a key of another
-- kind, where GET would stop the queue for everybody.
local function cancelled_by(p, id)
  return call('MGET', p .. 'cancel:' .. id)[1]
end

local function count(p, deltas)
  for field, n in pairs(deltas) do
    if n ~= 0 then
      call('HINCRBY', p .. 'counts', field, n)
    end
  end
end

local function add(deltas, field, n)
  deltas[field] = (deltas[field] or 0) + n
end

-- Virtual time: a school that has nothing waiting saves nothing up, and one that comes
-- back still owes the turns it has had.
local function into_ring(p, school)
  if call('ZSCORE', p .. 'ring', school) == false then
    local v = call('HMGET', p .. 'turns', ':now', school)
    call('ZADD', p .. 'ring', math.max(tonumber(v[1] or '0'), tonumber(v[2] or '0')), school)
  end
end

local function out_of_ring(p, school, turn)
  call('ZREM', p .. 'ring', school)
  call('HSET', p .. 'turns', school, turn)
end

local function into_lane(p, school, id, score)
  call('ZADD', p .. 'lane:' .. school, score, id)
  if call('SISMEMBER', p .. 'capped', school) == 0 then
    into_ring(p, school)
  end
end

-- No school has a colon in its name.
local function class_key(school, class)
  return school .. ':' .. class
end

-- Gives the class to the next job that waits for it.
local function leave_class(p, key, id)
  local holders = call('HGET', p .. 'live', key)
  if not holders then
    return
  end
  local rest, next_id, was_first, n = {}, nil, false, 0
  for t, i in string.gmatch(holders, '(%S+)=(%S+)') do
    n = n + 1
    if i == id then
      was_first = n == 1
    else
      rest[#rest + 1] = t .. '=' .. i
      next_id = next_id or i
    end
  end
  if #rest == 0 then
    call('HDEL', p .. 'live', key)
    return
  end
  call('HSET', p .. 'live', key, table.concat(rest, ' '))
  if was_first then
    local r = call('HMGET', p .. 'job:' .. next_id, 'school', 'order', 'state')
    if r[3] == 'queued' then
      into_lane(p, r[1], next_id, r[2])
    end
  end
end

-- Jobs of one class run one after the other, and of one type there is only one; but
-- nobody joins a job that is being cancelled, and nobody waits for one that is gone.
-- Returns nil when the job may go to its lane, 'behind', or 'joins' and the id.
local function hold_class(p, key, type, id)
  local holders = call('HGET', p .. 'live', key)
  if not holders then
    call('HSET', p .. 'live', key, type .. '=' .. id)
    return nil
  end
  local first = true
  for t, i in string.gmatch(holders, '(%S+)=(%S+)') do
    if i == id then
      return not first and 'behind' or nil
    end
    if call('EXISTS', p .. 'job:' .. i) == 0 then
      leave_class(p, key, i)
      return hold_class(p, key, type, id)
    end
    if t == type and call('EXISTS', p .. 'cancel:' .. i) == 0 then
      return 'joins', i
    end
    first = false
  end
  call('HSET', p .. 'live', key, holders .. ' ' .. type .. '=' .. id)
  return 'behind'
end

-- Keeps the record for a while and lets the oldest go: two for each that comes.
local function retain(p, id, now, keep, keep_ms)
  local length = call('RPUSH', p .. 'finished', string.format('%.0f:%s', now, id))
  local gone = {}
  for _ = 1, 2 do
    local oldest = call('LINDEX', p .. 'finished', 0)
    if not oldest then
      break
    end
    local at, old = string.match(oldest, '^(%d+):(.*)$')
    if length - #gone / 3 <= keep and tonumber(at) > now - keep_ms then
      break
    end
    call('LPOP', p .. 'finished')
    local job = p .. 'job:' .. old
    gone[#gone + 1] = job
    gone[#gone + 1] = job .. ':learners'
    gone[#gone + 1] = job .. ':saved'
    if call('ZREM', p .. 'dead', old) == 1 then
      call('HDEL', p .. 'bodies', old)
      call('HINCRBY', p .. 'counts', 'dead', -1)
    end
  end
  if #gone > 0 then
    call('UNLINK', unpack(gone))
  end
end
