--[[
How a job ends, from wherever it was: its record stays for a while, its class goes to
the next job, and what an operator should look at keeps its envelope.
]]

local function options(keep, keep_ms)
  return {keep = tonumber(keep), keep_ms = tonumber(keep_ms)}
end

local function record_of(p, id)
  local r = call('HMGET', p .. 'job:' .. id, 'school', 'class', 'type', 'order', 'state', 'rev',
    'attempt', 'crashes', 'streak', 'phase', 'again')
  return {school = r[1] or '', class = r[2] or '', type = r[3] or '', order = r[4] or '0',
    state = r[5] or '', rev = tonumber(r[6] or '0'), attempt = r[7], crashes = tonumber(r[8] or '0'),
    streak = tonumber(r[9] or '0'), phase = r[10] or '', worked = r[9] and true or false,
    again = r[11] and true or false}
end

-- What a job had set out to do when it failed may have happened all the same: its
-- checkpoint waits for the next job of its type and class.
local function open_key(school, class, type)
  return class_key(school, class) .. ' ' .. type
end

local function end_job(p, id, r, state, dead, now, deltas, opt)
  local job = p .. 'job:' .. id
  local saved = dead and r.worked and call('GET', job .. ':saved')
  if saved then
    call('HSET', p .. 'open', open_key(r.school, r.class, r.type), saved)
  end
  call('HSET', job, 'state', state, 'finished_at', now, 'updated_at', now)
  call('HDEL', job, 'worker', 'retry_at', 'again')
  call('UNLINK', job .. ':saved')
  add(deltas, state, 1)
  if dead then
    call('ZADD', p .. 'dead', now, id)
    add(deltas, 'dead', 1)
  else
    call('HDEL', p .. 'bodies', id)
  end
  leave_class(p, class_key(r.school, r.class), id)
  retain(p, id, now, opt.keep, opt.keep_ms)
end
