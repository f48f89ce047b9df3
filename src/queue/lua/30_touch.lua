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

local function write_change(p, id, c, rev, now)
  local job = p .. 'job:' .. id
  c.fields[#c.fields + 1] = 'rev'
  c.fields[#c.fields + 1] = rev
  c.fields[#c.fields + 1] = 'updated_at'
  c.fields[#c.fields + 1] = now
  many('HSET', job, c.fields)
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

local function is_mine(p, worker, id, attempt)
  return call('HGET', p .. 'running:' .. worker, id) == attempt
end

-- worker id attempt rev was is <change>: {1, cancelled_by} or {0} when not mine. was
-- and is are the states around it, running or waiting.
local function touch(keys, args)
  local p = prefix_of(keys)
  local worker, id, attempt, rev = args[1], args[2], args[3], args[4]
  if not is_mine(p, worker, id, attempt) then
    return {0, ''}
  end
  local now = now_ms()
  local had = tonumber(call('HGET', p .. 'job:' .. id, 'rev') or '0')
  if had < tonumber(rev) then
    local c = read_change(args, 7)
    c.fields[#c.fields + 1] = 'state'
    c.fields[#c.fields + 1] = args[6]
    write_change(p, id, c, rev, now)
    if args[5] ~= args[6] then
      count(p, {[args[5]] = -1, [args[6]] = 1})
    end
  end
  return {1, call('GET', p .. 'cancel:' .. id) or ''}
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
