--[[
Rosters: what was accepted of a school's roster goes to the inbox, some of it with each
heartbeat, in its order. So it arrives whoever imported it dies, once, and a large one keeps
nobody waiting (include/rosters.h has the keys).
]]
local rosters = {}              -- one local for all: Lua has two hundred for the library
rosters.MOST, rosters.BYTES = 200, 262144       -- in one call

-- True when there is more: whoever asked comes again at once.
function rosters.feed(q)
  local school = call('EXISTS', q.p .. 'rosters') == 1 and call('SRANDMEMBER', q.p .. 'rosters')
  if not school then
    return false
  end
  local of = q.p .. 'roster:' .. school
  local import = call('LINDEX', of .. ':staged', 0)
  if not import then
    call('SREM', q.p .. 'rosters', school)
    return false
  end
  local n, bytes, envelope = 0, 0, nil
  repeat
    envelope = call('LPOP', of .. ':import:' .. import)
    if envelope then
      call('RPUSH', q.inbox, envelope)
      n, bytes = n + 1, bytes + #envelope
    end
  until not envelope or n >= rosters.MOST or bytes >= rosters.BYTES
  if not envelope then
    call('LPOP', of .. ':staged')
  end
  return true
end
