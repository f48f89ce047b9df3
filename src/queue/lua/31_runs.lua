--[[
Runs: what one job did for a whole school, class by class. run:<school>:<run> says how it
went, c:<class> in it what became of a class; runs:<school> names the newest. A run's own job
writes it, and each of its children its own line, behind the fence of its end.
]]
do                              -- the library may have 200 local names: these end here

local RUNS_KEPT = 60
local FLAG_S = 259200           -- as the contract lets a portal set it

-- A run begins with the first that is said of it; the oldest goes when there are too many.
local function begin_run(q, key)
  local school, run = string.match(string.sub(key, #q.p + 1), '^run:([^:]*):(.*)$')
  local runs = q.p .. 'runs:' .. school
  call('LPUSH', runs, run)
  for _, old in ipairs(call('LRANGE', runs, RUNS_KEPT, -1)) do
    call('UNLINK', q.p .. 'run:' .. school .. ':' .. old)
  end
  call('LTRIM', runs, 0, RUNS_KEPT - 1)
end

-- (field value)*
function EFFECTS.run(q, key, words)
  if call('EXISTS', key) == 0 then
    begin_run(q, key)
  end
  many('HSET', key, words)
end

-- (field line)*: what a line says is added to what it said before. Of a run that is not kept
-- any more nothing is.
function EFFECTS.line(_, key, words)
  if call('EXISTS', key) == 0 then
    return
  end
  for i = 1, #words, 2 do
    local line, had = words[i + 1], call('HGET', key, words[i])
    if had then
      local merged = cjson.decode(had)
      for name, value in pairs(cjson.decode(line)) do
        merged[name] = value
      end
      line = cjson.encode(merged)
    end
    call('HSET', key, words[i], line)
  end
end

-- A school's night went well; only those that want one are in the list.
function EFFECTS.good(q, key, words)
  call('ZADD', key, 'XX', q.at, words[1])
end

-- who id*: other jobs that are to end.
function EFFECTS.cancel(q, _, words)
  for i = 2, #words do
    call('SET', q.p .. 'cancel:' .. words[i], words[1], 'EX', FLAG_S)
  end
end

end
