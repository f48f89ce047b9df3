--[[
Touch: what a running job has to say (progress, rows, checkpoint, records), in one call
that also answers "still mine?" and "cancelled?". Every write of a job goes through
here or through finish, behind the fence: a worker that lost its lease writes nothing.

Each touch names the rev that it makes. If the record has it already, the reply to an
earlier sending was lost: nothing is written twice.
]]

local NONE = {}

local function read_effects(args, i, n)
  local effects = {}
  for k = 1, n do
    local words = tonumber(args[i + 2])
    effects[k] = {op = args[i], key = args[i + 1], words = {}}
    for w = 1, words do
      effects[k].words[w] = args[i + 2 + w]
    end
    i = i + 3 + words
  end
  return effects, i
end

-- The change of one job, as the worker sends it:
--   nfields (field value)*  nrows row*  neffects (op key n word*)*  saved-flag [saved]
-- An effect is a write to a record of the worker's own making, on a key below the queue's
-- prefix; what each op does is in EFFECTS.
local function read_change(args, i)
  local c, n = {effects = NONE, rows = NONE}, 2 * tonumber(args[i])
  c.fields = {}
  for k = 1, n do
    c.fields[k] = args[i + k]
  end
  i = i + 1 + n
  n = tonumber(args[i])
  if n > 0 then
    c.rows = {}
    for k = 1, n do
      c.rows[k] = args[i + k]
    end
  end
  i = i + 1 + n
  n = tonumber(args[i])
  i = i + 1
  if n > 0 then
    c.effects, i = read_effects(args, i, n)
  end
  if args[i] == '1' then
    c.saved = args[i + 1]
    i = i + 1
  end
  return c, i + 1
end

-- Where a change ends that begins at args[i].
local function after_change(args, i)
  i = i + 1 + 2 * tonumber(args[i])
  i = i + 1 + tonumber(args[i])
  local effects = tonumber(args[i])
  i = i + 1
  for _ = 1, effects do
    i = i + 3 + tonumber(args[i + 2])
  end
  return i + (args[i] == '1' and 2 or 1)
end

-- push is an envelope for the inbox: a job that makes others does it with its own progress, so
-- that none is made twice, and none left out, whenever its worker dies. log is an entry of a
-- stream, behind how many of them are kept.
local EFFECTS = {
  set = function(_, key, words) many('HSET', key, words) end,
  del = function(_, key, words) many('HDEL', key, words) end,
  drop = function(_, key) call('UNLINK', key) end,
  push = function(q, _, words) call('RPUSH', q.inbox, unpack(words)) end,
  log = function(_, key, words) call('XADD', key, 'MAXLEN', '~', words[1], '*', unpack(words, 2)) end,
}

-- All of a change's effects. Fields of one record are written together, at the end or before
-- something else befalls that record: a wave of learners is one command then.
function EFFECTS.carry_out(q, effects)
  local fields, keys = {}, {}
  local function write(key)
    if fields[key] then
      EFFECTS.set(q, q.p .. key, fields[key])
      fields[key] = nil
    end
  end
  for _, e in ipairs(effects) do
    local known = fields[e.key]
    if e.op ~= 'set' then
      write(e.key)
      EFFECTS[e.op](q, q.p .. e.key, e.words)
    elseif known then
      for _, word in ipairs(e.words) do
        known[#known + 1] = word
      end
    else
      fields[e.key], keys[#keys + 1] = e.words, e.key
    end
  end
  for _, key in ipairs(keys) do
    write(key)
  end
end

-- An empty value takes a field away; of a field said twice the later word counts.
local function gone_fields(fields)
  local last, gone = nil, NONE
  for i = 2, #fields, 2 do
    if fields[i] == '' then
      last = {}
    end
  end
  if last then
    gone = {}
    for i = 1, #fields, 2 do
      last[fields[i]] = fields[i + 1]
    end
    for field, value in pairs(last) do
      if value == '' then
        gone[#gone + 1] = field
      end
    end
  end
  return gone
end

-- more: fields that the caller adds, which may be empty.
local function write_change(q, id, c, more)
  local job, fields = q.p .. 'job:' .. id, c.fields
  local gone = gone_fields(fields)
  for _, word in ipairs(more) do
    fields[#fields + 1] = word
  end
  many('HSET', job, fields)
  many('HDEL', job, gone)
  if #c.rows > 0 then
    many('RPUSH', job .. ':learners', c.rows)
  end
  EFFECTS.carry_out(q, c.effects)
  if c.saved == '' then
    call('DEL', job .. ':saved')
  elseif c.saved then
    call('SET', job .. ':saved', c.saved)
  end
  if #c.rows > 0 or c.saved then
    call('HSET', job, 'streak', '0')
  end
end

-- A record that cannot be written (somebody else's key of another type) must not hold up
-- what else there is: gives what is wrong.
local function write_safely(q, id, c, more)
  local fine, why = pcall(write_change, q, id, c, more)
  return not fine and tostring(type(why) == 'table' and why.err or why) or nil
end

-- id*: id, who for each of these jobs that somebody wants cancelled.
local function flags(keys, args)
  local q, set = open_call(keys), {}
  for i, who in ipairs(all_cancelled_by(q, args)) do
    if who then
      set[#set + 1] = args[i]
      set[#set + 1] = who
    end
  end
  return set
end
