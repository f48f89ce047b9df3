--[[
Connections: the Microsoft accounts that teachers have linked. The records are of include/
connections.h; here stands only what must be looked at and changed in one go, since meanwhile
a teacher may have disconnected or linked another account: of another link nothing is changed.
]]
local connections = {}          -- one local for all: Lua has two hundred for the library

-- The record's key when it is still that linking, and sealed so ('' for any seal).
function connections.of(q, name, link, sealed)
  local key = q.p .. 'connection:' .. name
  local has = call('HMGET', key, 'state', 'link', 'sealed')
  if has[1] == 'connected' and has[2] == link and (sealed == '' or has[3] == sealed) then
    return key
  end
end

-- name link sealed keep_ms: the token that took the place of the last one.
function connections.renew(keys, args)
  local q = open_call(keys)
  local key = connections.of(q, args[1], args[2], '')
  if not key then
    return 0
  end
  call('HSET', key, 'sealed', args[3], 'refreshed_at', q.at)
  call('ZADD', q.p .. 'connections', text_of(q.now + tonumber(args[4])), args[1])
  return 1
end

-- name link sealed reason: Microsoft refuses the token that was sealed so.
function connections.break_off(keys, args)
  local q = open_call(keys)
  local key = connections.of(q, args[1], args[2], args[3])
  if not key then
    return 0
  end
  call('HSET', key, 'state', 'relink', 'reason', args[4], 'since', q.at)
  call('HDEL', key, 'sealed')
  call('ZREM', q.p .. 'connections', args[1])
  call('ZADD', q.p .. 'connections:relink', q.at, args[1])
  return 1
end

-- name old new: the same token under another key.
function connections.reseal(keys, args)
  local q = open_call(keys)
  local key = q.p .. 'connection:' .. args[1]
  if call('HGET', key, 'sealed') ~= args[2] then
    return 0
  end
  call('HSET', key, 'sealed', args[3])
  return 1
end

-- most again_ms: names whose tokens have to be renewed now, this caller's for so long.
function connections.take(keys, args)
  local q = open_call(keys)
  local index = q.p .. 'connections'
  local names = call('ZRANGEBYSCORE', index, '-inf', q.at, 'LIMIT', 0, args[1])
  for _, name in ipairs(names) do
    call('ZADD', index, text_of(q.now + tonumber(args[2])), name)
  end
  return names
end
