--[[
The heartbeat, once a second from each worker process: it renews the one lease that all
of the worker's jobs hang on, and does the housekeeping of whoever comes first.

After a silence of everybody (Redis was away, or every worker was) nobody can have
renewed, so nobody is reaped before one lease has passed.
]]
local SILENCE_MS = 2500
local ALIVE_S = 15
local WATCHED_MAX = 63
local SWEPT = 200

-- Those who are gone, one after the other; true when there is more to hand back than one
-- call may. Most have nothing left and are only watched for a while.
local function reap_some(p, now, deltas, opt)
  local left = REAPED_MAX
  for _, worker in ipairs(call('ZRANGE', p .. 'reaping', 0, WATCHED_MAX)) do
    left = left - reap(p, worker, left, now, deltas, opt)
    if left <= 0 then
      return true
    end
  end
  return false
end

-- True when there is more to be done than one call may.
local function housekeep(p, now, lease_ms, deltas, opt)
  local seen = tonumber(call('HGET', p .. 'clock', 'seen') or '0')
  if seen > 0 and now - seen > math.min(SILENCE_MS, lease_ms) then
    call('HSET', p .. 'clock', 'grace', now + lease_ms)
  end
  call('HSET', p .. 'clock', 'seen', now)
  if now >= tonumber(call('HGET', p .. 'clock', 'grace') or '0') then
    for _, worker in ipairs(call('ZRANGEBYSCORE', p .. 'workers', '-inf', now, 'LIMIT', 0, 8)) do
      call('ZREM', p .. 'workers', worker)
      call('UNLINK', p .. 'worker:' .. worker)
      call('ZADD', p .. 'reaping', now + ORPHAN_MS, worker)
    end
  end
  local more = reap_some(p, now, deltas, opt)
  promote(p, now, deltas, opt)
  return more
end

-- Some of the jobs that hold or want a class, or wait for their time; the next sweep goes
-- on behind them.
local function swept_ids(p)
  local ids, at = {}, call('HMGET', p .. 'clock', 'sweep', 'sweep_due')
  local live = call('HSCAN', p .. 'live', at[1] or '0', 'COUNT', SWEPT)
  local due = call('ZSCAN', p .. 'due', at[2] or '0', 'COUNT', SWEPT)
  call('HSET', p .. 'clock', 'sweep', live[1], 'sweep_due', due[1])
  for i = 1, #due[2], 2 do
    ids[#ids + 1] = due[2][i]
  end
  for i = 2, #live[2], 2 do
    for _, id in string.gmatch(live[2][i], '(%S+)=(%S+)') do
      ids[#ids + 1] = id
    end
  end
  return ids
end

-- Jobs that wait for their turn or their time end as soon as their flag is seen, save
-- those that an attempt has worked on: a worker must look what came of it first.
local function sweep_cancelled(p, now, deltas, opt)
  local ids = swept_ids(p)
  for first = 1, #ids, 500 do
    local keys = {}
    for i = first, math.min(first + 499, #ids) do
      keys[#keys + 1] = p .. 'cancel:' .. ids[i]
    end
    for i, who in ipairs(call('MGET', unpack(keys))) do
      local id = ids[first + i - 1]
      local r = who and record_of(p, id)
      local idle = r and not r.worked
      local due = idle and call('ZREM', p .. 'due', id) == 1
      if due or (idle and r.state == 'queued') then
        call('ZREM', p .. 'lane:' .. r.school, id)
        add(deltas, due and 'waiting' or 'queued', -1)
        call('HSET', p .. 'job:' .. id, 'cancelled_by', who)
        call('HINCRBY', p .. 'job:' .. id, 'rev', 1)
        end_job(p, id, r, 'cancelled', false, now, deltas, opt)
      end
    end
  end
end

-- worker lease_ms keep keep_ms first (field value)*: {alive, now, ready schools, inbox,
-- next due, workers, staged, more, intake}: staged texts of this worker that are not admitted, and
-- 1 when another beat at once would find more to hand back. first = 1 enters the worker; otherwise one that is not known any
-- more has lost everything it had.
local function beat(keys, args)
  local p, now = prefix_of(keys), now_ms()
  local worker, lease_ms, opt = args[1], tonumber(args[2]), options(args[3], args[4])
  local deltas = {}
  if args[5] ~= '1' and not call('ZSCORE', p .. 'workers', worker) then
    return {0, now}
  end
  if args[5] == '1' then
    call('ZREM', p .. 'reaping', worker)
    for _, field in ipairs({'queued', 'waiting', 'running', 'dead', 'done', 'failed', 'cancelled'}) do
      call('HSETNX', p .. 'counts', field, 0)
    end
  end
  call('ZADD', p .. 'workers', now + lease_ms, worker)
  call('HSET', p .. 'worker:' .. worker, 'seen', now, unpack(args, 6))
  call('SET', p .. 'alive', worker, 'EX', ALIVE_S)
  local more = housekeep(p, now, lease_ms, deltas, opt)
  sweep_cancelled(p, now, deltas, opt)
  count(p, deltas)
  local due = call('ZRANGE', p .. 'due', 0, 0, 'WITHSCORES')
  return {1, now, call('ZCARD', p .. 'ring'), call('LLEN', p .. 'inbox'), tonumber(due[2] or '0'),
    call('ZCARD', p .. 'workers'), call('LLEN', p .. 'staging:' .. worker), more and 1 or 0,
    has_intake(p, worker) and 1 or 0}
end

-- worker keep keep_ms: hands back what a worker that is known to be dead still held.
-- Gives how many jobs are left to hand back: call again until 0.
local function abandon(keys, args)
  local p, now, deltas = prefix_of(keys), now_ms(), {}
  call('ZREM', p .. 'workers', args[1])
  call('UNLINK', p .. 'worker:' .. args[1])
  call('ZADD', p .. 'reaping', now + ORPHAN_MS, args[1])
  reap(p, args[1], REAPED_MAX, now, deltas, options(args[2], args[3]))
  count(p, deltas)
  local left = call('HLEN', p .. 'running:' .. args[1]) + call('LLEN', p .. 'staging:' .. args[1])
  if left == 0 and call('ZCARD', p .. 'ring') > 0 and call('LLEN', p .. 'inbox') == 0 then
    call('RPUSH', p .. 'inbox', '')
  end
  if left == 0 then
    pass_baton(p)
  end
  return left
end

-- worker: it takes no more, and another may.
local function yield(keys, args)
  local p = prefix_of(keys)
  if call('GET', p .. 'intake') == args[1] then
    unstage(p, args[1])
    call('DEL', p .. 'intake')
    pass_baton(p)
  end
  return 1
end
