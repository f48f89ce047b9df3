--[[
Names: which nickname a class has in Microsoft 365, chosen once and kept for ever.
nickname:<school> says of each, in lower case, whose it is; wanted:<school> has "nickname class"
of every class and the plain nickname that it would have if nobody else wanted it, so that those
who want the same one stand there in the order of their ids.

The first of them has the plain one, the second its second choice, and so on, whichever asks
first; a choice that somebody has, or that is the plain one of others, is passed over
(src/roster/naming_resolve.c says the same beforehand).
]]
do                              -- the library may have 200 local names: these end here

-- What a class wants takes the place of what it wanted before; '' for nothing any more.
local function want(q, school, class, plain)
  local wanted, record = q.p .. 'wanted:' .. school, q.p .. 'class:' .. school .. ':' .. class
  local had = call('HGET', record, 'nickname_wanted')
  if had == plain then
    return
  end
  if had then
    call('ZREM', wanted, had .. ' ' .. class)
  end
  if plain == '' then
    call('HDEL', record, 'nickname_wanted')
  else
    call('ZADD', wanted, 0, plain .. ' ' .. class)
    call('HSET', record, 'nickname_wanted', plain)
  end
end

-- school class plain
function EFFECTS.want(q, _, words)
  want(q, words[1], words[2], words[3])
end

local function is_wanted(q, school, nickname)
  return call('ZLEXCOUNT', q.p .. 'wanted:' .. school, '[' .. nickname .. ' ',
    '(' .. nickname .. '!') > 0
end

-- The choice that is the class's already: the last one, for those before it were refused.
local function chosen_before(owners, class)
  for i = #owners, 1, -1 do
    if owners[i] == class then
      return i
    end
  end
end

local function first_free(q, school, class, keys, owners, from)
  for i = from, #keys do
    local free = not owners[i] or owners[i] == class
    if free and (i == 1 or not is_wanted(q, school, keys[i])) then
      return i
    end
  end
end

-- school class refused choice*: refused is the nickname that Microsoft did not take, or ''.
-- The class's record says which one it is; none when there is none left.
function EFFECTS.name(q, key, words)
  local school, class, refused = words[1], words[2], string.lower(words[3])
  local keys, after = {}, 0
  for i = 4, #words do
    keys[i - 3] = string.lower(words[i])
    if keys[i - 3] == refused then
      after = i - 3
    end
  end
  want(q, school, class, keys[1])
  local owners = call('HMGET', key, unpack(keys))
  local n = refused == '' and chosen_before(owners, class)
  if not n then
    local before = call('ZLEXCOUNT', q.p .. 'wanted:' .. school, '[' .. keys[1] .. ' ',
      '(' .. keys[1] .. ' ' .. class)
    n = first_free(q, school, class, keys, owners, math.max(before, after) + 1)
      or first_free(q, school, class, keys, owners, after + 1)
  end
  local record = q.p .. 'class:' .. school .. ':' .. class
  if n then
    call('HSET', key, keys[n], class)
    call('HSET', record, 'mail_nickname', words[n + 3])
  else
    call('HDEL', record, 'mail_nickname')
  end
end

end
