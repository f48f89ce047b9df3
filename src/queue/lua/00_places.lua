--[[
The places of a job, and the one way in and out of each. A job is in exactly one:

  inbox            LIST  envelopes as the portals pushed them
  overflow:<school> LIST what a school pushed beyond its share of admitted jobs; and
                         overflow::<type> what came of a paused type when enough was held
  lane:<school>    ZSET  ready, by (priority, order of arrival)
  live             HASH  school:class -> "type=id type=id": the first holds the class,
                         those behind it wait for it and are in no lane
  held:<type>      ZSET  whose turn came while their type was paused, by their place in the lane
  trial            ZSET  suspects of their workers' deaths, ready one by one
  due              ZSET  not before a time (delayed, or trying again)
  running:<w>      HASH  id -> "attempt state type school:class", leased by worker w; state
                         is r (running) or w (waiting), and the attempt is the fence
  finished         LIST  "ms:id", oldest first: records that are kept for a while
  unlisted         SET   entries of finished that are not true any more
  dead             ZSET  failed for want of an operator; the envelope is kept
  open             HASH  checkpoints of jobs that failed so, for the next of type and class

intake names the one worker that takes from the inbox; baton wakes one that sleeps without it.
job:<id> is the public record, bodies the envelopes of live and dead jobs, again the running
jobs that must go round once more, opened says since when each of open waits, ring the schools
with ready work and room, by virtual time; turns, while anybody is in it, where the time stands
and where each school that went out of it left off; capped the schools that run as much as they
may, overflowing those that have an overflow, weights what some schools' turns count for;
paused what an operator has stopped ('*', school:<school>, type:<type>: "when who"), and those
of its types that are on their way back (back:<type>). classes:<school> are the classes that
the school's register knows, teaches:<school>:<staff> those of one teacher, and teams says which
class of any school has which Team. All keys share one hash tag, and every function derives
them from KEYS[1], the inbox.

Redis has one thread, and what a command costs is mostly that it is called: so a call works
on all of its jobs together. What it reads of the shared hashes it keeps (a ledger), what
becomes of them and of new records it writes once, in settle.
]]
local call                      -- redis.call, which exists only while a function runs
local PRIORITY = 1e13           -- background jobs sort behind every interactive one
local CHUNK = 1000              -- words in one variadic command

-- A whole number as text: Redis would print it with more care than that needs, and slowly.
local function text_of(n)
  return string.format('%.0f', n)
end

-- A command with many words, in pieces that fit Lua's stack; gives the sum of the answers.
local function many(command, key, words)
  local sum = 0
  for first = 1, #words, CHUNK do
    sum = sum + call(command, key, unpack(words, first, math.min(first + CHUNK - 1, #words)))
  end
  return sum
end

-- Redis searches a small hash from its head, which for a batch of words costs their number
-- times its size; one that has held a long value it searches by hashing. For these words
-- that is worth it.
local FEW = 32
local LONG = '......................................................................'

local function many_into(key, words)
  if #words > FEW then
    call('HSET', key, ':', LONG)
    many('HSET', key, words)
    call('HDEL', key, ':')
  else
    many('HSET', key, words)
  end
end

-- ---- what one call remembers ---------------------------------------------------------

local function ledger(key)
  return {key = key, has = {}, changed = {}}
end

-- Reads what is not known yet, together.
local function look_up(l, fields)
  local has, missing, n = l.has, {}, 0
  for i = 1, #fields do
    local f = fields[i]
    if has[f] == nil then
      n = n + 1
      missing[n], has[f] = f, false
    end
  end
  if n > 0 then
    local values = call('HMGET', l.key, unpack(missing))
    for i = 1, n do
      has[missing[i]] = values[i]
    end
  end
end

local function get(l, field)
  if l.has[field] == nil then
    l.has[field] = call('HGET', l.key, field)
  end
  return l.has[field]
end

-- false takes the field away.
local function put(l, field, value)
  l.has[field] = value
  l.changed[field] = true
end

local function write_back(l)
  local set, gone, n, m = {}, {}, 0, 0
  for field in pairs(l.changed) do
    local value = l.has[field]
    if value then
      set[n + 1], set[n + 2] = field, value
      n = n + 2
    else
      m = m + 1
      gone[m] = field
    end
  end
  l.changed = {}
  many_into(l.key, set)
  many('HDEL', l.key, gone)
end

-- fresh: jobs that became known in this call, by id; their records are not written yet.
-- ready: jobs on their way to a lane. ended: jobs whose record is to be kept for a while.
local function open_call(keys, worker, keep, keep_ms)
  local t = call('TIME')
  local p, now = string.sub(keys[1], 1, -6), t[1] * 1000 + math.floor(t[2] / 1000)
  return {p = p, inbox = keys[1], worker = worker, now = now, at = text_of(now),
    keep = tonumber(keep), keep_ms = tonumber(keep_ms), counts = {},
    live = ledger(p .. 'live'), load = ledger(p .. 'school_running'), express = 0,
    fresh = {}, arrived = {}, bodies = {}, ready = {}, ended = {}, bodies_gone = {}, keys_gone = {}}
end

-- What running says of a job: attempt, r or w, type, the class's key, school.
local function read_lease(lease)
  return string.match(lease, '^(%d+) (%a) (%S+) (([^:]*):.*)$')
end

-- What mostly is not there is asked for together: true when the key may exist.
local SELDOM = {'ring', 'capped', 'open', 'again', 'overflowing', 'weights', 'paused', 'unlisted',
  'trial'}

local function look_for_seldom(q)
  q.seldom = {}
  local any = call('EXISTS', q.p .. 'ring', q.p .. 'capped', q.p .. 'open', q.p .. 'again',
    q.p .. 'overflowing', q.p .. 'weights', q.p .. 'paused', q.p .. 'unlisted', q.p .. 'trial') > 0
  for _, name in ipairs(SELDOM) do
    q.seldom[name] = any and call('EXISTS', q.p .. name) == 1
  end
end

local function there_is(q, name)
  if not q.seldom then
    look_for_seldom(q)
  end
  return q.seldom[name]
end

local function add(q, field, n)
  q.counts[field] = (q.counts[field] or 0) + n
end

-- Fields of a job's record; those of a new job wait for the end of the call.
local function say(q, id, ...)
  local f = q.fresh[id]
  if not f then
    call('HSET', q.p .. 'job:' .. id, ...)
    return
  end
  for _, word in ipairs({...}) do
    f.record[#f.record + 1] = word
  end
end

-- Who wants the job cancelled, false if nobody. MGET, since it passes over a key of another
-- kind, where GET would stop the queue for everybody.
local function cancelled_by(q, id)
  return call('MGET', q.p .. 'cancel:' .. id)[1]
end

-- Who wants each of these cancelled, in their order.
local function all_cancelled_by(q, ids)
  local keys, prefix = {}, q.p .. 'cancel:'
  for i = 1, #ids do
    keys[i] = prefix .. ids[i]
  end
  return #ids > 0 and call('MGET', unpack(keys)) or keys
end
