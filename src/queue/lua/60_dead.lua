--[[
Dead letters: jobs that failed for want of an operator, who tries them again or lets them go.

A job that is tried again is the same job: it keeps its id, its rows and the checkpoint that
waits in open, and forgets how it failed and how often its worker died. Its number of attempt
goes on, because it is the fence. What finished says of its first end is not true any more;
in the midst of a long list it can only be marked so: unlisted holds such entries until their
turn to be trimmed comes.
]]
local retry, drop
do                              -- the library may have 200 local names: these end here

-- What earlier attempts have left is for the worker to look at first.
local function take_up_traces(q, id, r)
  local saved = take_open(q, id, class_key(r.school, r.class), r.type, r.like)
  if not saved and call('EXISTS', q.p .. 'job:' .. id .. ':learners') == 1 then
    call('HSET', q.p .. 'job:' .. id, 'streak', '0')
  end
end

-- True when the job is alive again, or has joined another that is.
local function retry_one(q, id)
  local job, r = q.p .. 'job:' .. id, record_of(q, id)
  if r.state ~= 'failed' or call('HEXISTS', q.p .. 'bodies', id) == 0
      or call('ZREM', q.p .. 'dead', id) == 0 then
    return false
  end
  add(q, 'dead', -1)
  add(q, 'retried', 1)
  call('SADD', q.p .. 'unlisted', call('HGET', job, 'finished_at') .. ':' .. id)
  call('HDEL', job, 'error', 'error_code', 'finished_at', 'message', 'streak')
  q.keys_gone[#q.keys_gone + 1] = q.p .. 'cancel:' .. id
  local first = enter(q, id, r.school, r.class, r.like, r.order, false)
  call('HSET', job, 'state', first and 'joined' or 'queued', 'updated_at', q.at, 'rev', r.rev + 1,
    'order', r.order)
  if first then
    call('HSET', job, 'joined', first, 'finished_at', q.at)
    q.bodies_gone[#q.bodies_gone + 1] = id
    q.ended[#q.ended + 1] = id
  else
    take_up_traces(q, id, r)
  end
  return true
end

-- Its record stays as long as any other's.
local function drop_one(q, id)
  if call('ZREM', q.p .. 'dead', id) == 0 then
    return false
  end
  add(q, 'dead', -1)
  q.bodies_gone[#q.bodies_gone + 1] = id
  return true
end

-- id*: how many of these were dead letters.
local function each_dead(keys, ids, act)
  local q, n = open_call(keys, '', UNLIMITED, FOREVER), 0
  for _, id in ipairs(ids) do
    n = n + (act(q, id) and 1 or 0)
  end
  q.seldom = nil
  settle(q)
  wake(q)
  return n
end

function retry(keys, args)
  return each_dead(keys, args, retry_one)
end

function drop(keys, args)
  return each_dead(keys, args, drop_one)
end

end
