--[[
Touch: what a running job has to say (progress, rows, checkpoint, records), in one call
that also answers "still mine?" and "cancelled?". Every write of a job goes through
here or through finish, behind the fence: a worker that lost its lease writes nothing.

Each touch names the rev that it makes. If the record has it already, the reply to an
earlier sending was lost: nothing is written twice.
]]

-- The change of one job, as the worker sends it:
--   nfields (field value)*  nrows row*  neffects (op key n word*)*  saved-flag [saved]
-- An effect is a write to a record of the worker's own making: op 'set' (HSET), 'del'
-- (HDEL) or 'drop' (UNLINK) on a key below the queue's prefix.
local function read_change(args, i)
  local c = {fields = {}, rows = {}, effects = {}}
  local n = tonumber(args[i])
  for k = i + 1, i + 2 * n do
    c.fields[#c.fields + 1] = args[k]
  end
  i = i + 1 + 2 * n
  n = tonumber(args[i])
  for k = i + 1, i + n do
    c.rows[#c.rows + 1] = args[k]
  end
  i = i + 1 + n
  n = tonumber(args[i])
  i = i + 1
  for _ = 1, n do
    local e = {op = args[i], key = args[i + 1], words = {}}
    local words = tonumber(args[i + 2])
    for k = i + 3, i + 2 + words do
      e.words[#e.words + 1] = args[k]
    end
    c.effects[#c.effects + 1] = e
    i = i + 3 + words
  end
  if args[i] == '1' then
    c.saved = args[i + 1]
    i = i + 1
  end
  return c, i + 1
end

local EFFECTS = {set = 'HSET', del = 'HDEL'}

-- An empty value takes a field away; of a field said twice the later word counts.
local function write_fields(job, fields)
  local last, gone = {}, {}
  for i = 1, #fields, 2 do
    last[fields[i]] = fields[i + 1]
  end
  for field, value in pairs(last) do
    if value == '' then
      gone[#gone + 1] = field
    end
  end
  many('HSET', job, fields)
  if #gone > 0 then
    call('HDEL', job, unpack(gone))
  end
end

local function write_change(p, id, c, rev, now)
  local job = p .. 'job:' .. id
  c.fields[#c.fields + 1] = 'rev'
  c.fields[#c.fields + 1] = rev
  c.fields[#c.fields + 1] = 'updated_at'
  c.fields[#c.fields + 1] = now
  write_fields(job, c.fields)
  if #c.rows > 0 then
    many('RPUSH', job .. ':learners', c.rows)
  end
  for _, e in ipairs(c.effects) do
    if e.op == 'drop' then
      call('UNLINK', p .. e.key)
    elseif #e.words > 0 then
      many(EFFECTS[e.op], p .. e.key, e.words)
    end
  end
  if c.saved then
    call('SET', job .. ':saved', c.saved)
  end
  if #c.rows > 0 or c.saved then
    call('HSET', job, 'streak', 0)
  end
end

-- A record that cannot be written (somebody else's key of another type) must not hold up
-- what else there is: gives what is wrong.
local function write_safely(p, id, c, rev, now)
  local fine, why = pcall(write_change, p, id, c, rev, now)
  return not fine and tostring(type(why) == 'table' and why.err or why) or nil
end

local function is_mine(p, worker, id, attempt)
  return call('HGET', p .. 'running:' .. worker, id) == attempt
end

-- id*: id, who for each of these jobs that somebody wants cancelled.
local function flags(keys, args)
  local p, wanted, set = prefix_of(keys), {}, {}
  for i, id in ipairs(args) do
    wanted[i] = p .. 'cancel:' .. id
  end
  for i, who in ipairs(call('MGET', unpack(wanted))) do
    if who then
      set[#set + 1] = args[i]
      set[#set + 1] = who
    end
  end
  return set
end
