--[[
Whose: which class of all schools has which Team. teams says of each, its id in lower case, whose
it is, "school:class", since two classes in one Team would take out each other's learners.

A Team that was made for a class, or came back to it, is that class's; one that was there already
is taken by whoever comes first. Only what the class's own record says, too, counts: a class that
was forgotten, or that let its Team go, holds nobody up.
]]
do                              -- the library may have 200 local names: these end here

-- '' for none any more.
local function give(q, key, class, team)
  local record, id = q.p .. 'class:' .. class, string.lower(team)
  local had = string.lower(call('HGET', record, 'team_id') or '')
  if had ~= '' and had ~= id and call('HGET', key, had) == class then
    call('HDEL', key, had)
  end
  if id ~= '' then
    call('HSET', key, id, class)
  end
  call('HSET', record, 'team_id', team)
end

local function is_anothers(q, key, class, team)
  local id = string.lower(team)
  local holder = call('HGET', key, id)
  return holder and holder ~= class and
    string.lower(call('HGET', q.p .. 'class:' .. holder, 'team_id') or '') == id
end

-- school class team
function EFFECTS.team(q, key, words)
  give(q, key, words[1] .. ':' .. words[2], words[3])
end

-- school class team: unless it is another's. The class's record says whether it is its own now.
function EFFECTS.take(q, key, words)
  local class = words[1] .. ':' .. words[2]
  if not is_anothers(q, key, class, words[3]) then
    give(q, key, class, words[3])
  end
end

end
