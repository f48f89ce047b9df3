--[[
Parks: what Microsoft said to leave alone for a while (a tenant, a class of calls, a team).
Whoever is told so says it here, and every worker hears with its next heartbeat what was
said since its last one, a new one everything: nobody else has to be refused to learn it.

parks says until when, by scope, and parks_said when that was said; both in Redis's own time,
since the clocks of hosts differ. A scope is a word of the workers' making.
]]
local PARKS_HEARD = 1000        -- in one heartbeat

local function forget_parks(q)
  local over = call('ZRANGEBYSCORE', q.p .. 'parks', '-inf', q.at, 'LIMIT', 0, 100)
  many('ZREM', q.p .. 'parks', over)
  many('ZREM', q.p .. 'parks_said', over)
end

-- {scope, ms left, ...} of what was said since then, a time of ours.
local function parks_since(q, since)
  local heard = {}
  if call('EXISTS', q.p .. 'parks') == 0 then
    return heard
  end
  forget_parks(q)
  local scopes = call('ZRANGEBYSCORE', q.p .. 'parks_said', since, '+inf', 'LIMIT', 0, PARKS_HEARD)
  local ends = #scopes > 0 and call('ZMSCORE', q.p .. 'parks', unpack(scopes)) or {}
  for i, scope in ipairs(scopes) do
    local left = ends[i] and tonumber(ends[i]) - q.now or 0
    if left > 0 then
      heard[#heard + 1] = scope
      heard[#heard + 1] = left
    end
  end
  return heard
end

-- worker scope ms: parked for so long from now, unless it is for longer already.
local function park(keys, args)
  local q = open_call(keys, args[1])
  call('ZADD', q.p .. 'parks', 'GT', text_of(q.now + tonumber(args[3])), args[2])
  call('ZADD', q.p .. 'parks_said', q.at, args[2])
  forget_parks(q)
  return 1
end
