--[[
Whose: which class of all schools has which Team. teams says of each, its id in lower case, whose
it is, "school:class", since two classes in one Team would take out each other's learners.

A Team that was made for a class, or came back to it, is that class's; one that was there already
is taken by whoever comes first. Only what the class's own record says, too, counts: a class that
was forgotten, with its school or alone, or that let its Team go, holds nobody up. Whose Team was
deleted is the first to get it back, until another class has it: from then on it is elsewhere for
good.
]]
do                              -- the library may have 200 local names: these end here

local function says(record, field)
  return string.lower(call('HGET', record, field) or '')
end

-- The class does not want this one any more, neither as its Team nor back.
local function forgo(key, class, id)
  if id ~= '' and call('HGET', key, id) == class then
    call('HDEL', key, id)
  end
end

-- Whoever had it before, and may be remembered with it, has it no more and gets it back never.
local function take_from_last(q, key, class, id)
  local last = call('HGET', key, id)
  local record = last and last ~= class and q.p .. 'class:' .. last
  for _, field in ipairs(record and {'team_id', 'former_team_id'} or {}) do
    if says(record, field) == id then
      call('HSET', record, field, '', 'team_elsewhere', 1)
      call('HDEL', record, 'restorable')
    end
  end
end

-- '' for none any more.
local function give(q, key, class, team)
  local record, id = q.p .. 'class:' .. class, string.lower(team)
  local had = says(record, 'team_id')
  if had ~= id then
    forgo(key, class, had)
  end
  if id ~= '' then
    if says(record, 'former_team_id') ~= id then
      forgo(key, class, says(record, 'former_team_id'))
    end
    take_from_last(q, key, class, id)
    call('HSET', key, id, class)
    call('HDEL', record, 'team_elsewhere')
  end
  call('HSET', record, 'team_id', team)
end

local function is_anothers(q, key, class, team)
  local id = string.lower(team)
  local holder = call('HGET', key, id)
  return holder and holder ~= class and says(q.p .. 'class:' .. holder, 'team_id') == id
    and call('EXISTS', q.p .. 'school:' .. string.match(holder, '^[^:]*')) == 1
end

-- school class team
function EFFECTS.team(q, key, words)
  give(q, key, words[1] .. ':' .. words[2], words[3])
end

-- school class team: it was deleted in Microsoft 365.
function EFFECTS.gone(q, _, words)
  call('HSET', q.p .. 'class:' .. words[1] .. ':' .. words[2], 'team_id', '', 'former_team_id',
    words[3])
end

-- school class team: unless it is another's. The class's record says whether it is its own now.
function EFFECTS.take(q, key, words)
  local class = words[1] .. ':' .. words[2]
  if not is_anothers(q, key, class, words[3]) then
    give(q, key, class, words[3])
  end
end

end
