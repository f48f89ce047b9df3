--[[
The heartbeat, once a second from each worker process: it renews the one lease that all
of the worker's jobs hang on, and does the housekeeping of whoever comes first.

After a silence of everybody (Redis was away, or every worker was) nobody can have
renewed, so nobody is reaped before one lease has passed.
]]
local SILENCE_MS = 2500
local ALIVE_S = 15
local WATCHED_MAX = 63

-- A claim that a dying worker had out may still come to be its own: it is looked at for
-- this long.
local ORPHAN_MS = 30000
local REAPED_MAX = 64           -- jobs handed back in one call

-- One job whose worker died, which was put down to whose: back to the head of its lane, on
-- trial, or dead.
local function take_back(q, id, state, school, whose)
  local r, job = record_of(q, id), q.p .. 'job:' .. id
  add(q, COUNTED[state], -1)
  change_load(q, school, -1)
  call('HDEL', q.p .. 'again', id)
  if r.state == '' then
    return
  end
  local crashes, streak = r.crashes + 1, streak_after(r.streak, id, whose)
  call('HSET', job, 'crashes', crashes, 'streak', streak, 'rev', r.rev + 1)
  if streak < POISON then
    if streak < SUSPECT then
      back_to_lane(q, id, school)
    else
      say_queued(q, id)
      put_on_trial(q, id)
    end
    return
  end
  call('HDEL', job, 'message')
  call('HSET', job, 'error_code', 'crashed', 'error', 'The worker died ' .. crashes ..
    ' times while it ran this job; the last step was "' .. r.phase .. '".')
  end_job(q, id, r, 'failed', 'crashed')
end

-- Some of what a worker holds. Of a large hash that has been emptied from its front Redis looks
-- only so far at once: nothing found is not yet nothing there.
local function some_of(running, n)
  local cursor, held = '0', nil
  repeat
    cursor, held = unpack(call('HSCAN', running, cursor, 'COUNT', n))
  until #held > 0 or cursor == '0'
  return held
end

-- A worker is gone: hands back at most n of its jobs; gives how many.
local function reap(q, worker, n)
  local running, ids, freed = q.p .. 'running:' .. worker, {}, {}
  local held = some_of(running, n)
  local whose = #held > 0 and call('HGET', q.p .. 'accused', worker) or '*'
  for i = 1, math.min(#held / 2, n) do
    local _, state, _, _, school = read_lease(held[2 * i])
    ids[i], freed[school] = held[2 * i - 1], true
    take_back(q, ids[i], state, school, whose)
  end
  many('HDEL', running, ids)
  let_turn(q, freed)
  if #ids == 0 and tonumber(call('ZSCORE', q.p .. 'reaping', worker) or '0') < q.now then
    call('ZREM', q.p .. 'reaping', worker)
    acquit(q, worker)
  end
  return #ids
end

-- Those who are gone, one after the other; true when there is more to hand back than one
-- call may. Most have nothing left and are only watched for a while.
local function reap_some(q)
  local left = REAPED_MAX
  for _, worker in ipairs(call('ZRANGE', q.p .. 'reaping', 0, WATCHED_MAX)) do
    left = left - reap(q, worker, left)
    if left <= 0 then
      return true
    end
  end
  return false
end

-- True when there is more to be done than one call may.
local function housekeep(q, lease_ms)
  local seen = tonumber(call('HGET', q.p .. 'clock', 'seen') or '0')
  if seen > 0 and q.now - seen > math.min(SILENCE_MS, lease_ms) then
    call('HSET', q.p .. 'clock', 'grace', text_of(q.now + lease_ms))
  end
  call('HSET', q.p .. 'clock', 'seen', q.at)
  if q.now >= tonumber(call('HGET', q.p .. 'clock', 'grace') or '0') then
    for _, worker in ipairs(call('ZRANGEBYSCORE', q.p .. 'workers', '-inf', q.at, 'LIMIT', 0, 8)) do
      accuse(q, worker, '')
      call('ZREM', q.p .. 'workers', worker)
      call('UNLINK', q.p .. 'worker:' .. worker)
      call('ZADD', q.p .. 'reaping', text_of(q.now + ORPHAN_MS), worker)
    end
  end
  return reap_some(q)
end

-- When these data came to be with another Redis process than the one they began with, 0 if
-- never: it was restarted, or a replica took its place, and the last that was written before
-- may be lost.
local function replaced_at(q)
  local info = redis.pcall('INFO', 'server') -- whoever may not read it goes without
  local server = type(info) == 'string' and string.match(info, 'run_id:(%x+)')
  local known, at = unpack(call('HMGET', q.p .. 'clock', 'server', 'replaced_at'))
  if server and server ~= known then
    call('HSET', q.p .. 'clock', 'server', server)
    if known then
      at = q.at
      call('HSET', q.p .. 'clock', 'replaced_at', at)
    end
  end
  return tonumber(at or '0')
end

-- worker lease_ms keep keep_ms first (field value)*: {alive, now, ready, inbox, next due,
-- workers, more, intake, refill, parks, schedules, replaced}: more is 1 when another beat at once
-- would find more to hand back. first = 1 enters the worker; later it is the now of its last
-- beat, 0 if that is not known, and one that is not known any more has lost everything it had.
local function beat(keys, args)
  local q, lease_ms = open_call(keys, args[1], args[3], args[4]), tonumber(args[2])
  if args[5] ~= '1' and not call('ZSCORE', q.p .. 'workers', q.worker) then
    return {0, q.now}
  end
  if args[5] == '1' then
    call('ZREM', q.p .. 'reaping', q.worker)
    acquit(q, q.worker)
    for _, field in ipairs({'queued', 'waiting', 'running', 'dead', 'done', 'failed', 'cancelled'}) do
      call('HSETNX', q.p .. 'counts', field, 0)
    end
  end
  call('ZADD', q.p .. 'workers', text_of(q.now + lease_ms), q.worker)
  call('HSET', q.p .. 'worker:' .. q.worker, 'seen', q.at, unpack(args, 6))
  call('SET', q.p .. 'alive', q.worker, 'EX', ALIVE_S)
  local more = housekeep(q, lease_ms)
  forget_open(q)
  local due = promote(q)
  more = bring_some_back(q) or more
  more = rosters.feed(q) or more
  settle(q)
  return {1, q.now, work_ready(q), call('LLEN', q.inbox), due,
    call('ZCARD', q.p .. 'workers'), more and 1 or 0, has_intake(q) and 1 or 0, refill(q),
    parks_since(q, args[5] == '1' and '0' or args[5]), schedules_due(q), replaced_at(q)}
end

-- worker keep keep_ms death: hands back what a worker that is known to be dead still held;
-- for death see accuse. Gives how many jobs are left to hand back: call again until 0.
local function abandon(keys, args)
  local q, worker = open_call(keys, args[1], args[2], args[3]), args[1]
  accuse(q, worker, args[4] or '')
  call('ZREM', q.p .. 'workers', worker)
  call('UNLINK', q.p .. 'worker:' .. worker)
  call('ZADD', q.p .. 'reaping', text_of(q.now + ORPHAN_MS), worker)
  reap(q, worker, REAPED_MAX)
  settle(q)
  local left = call('HLEN', q.p .. 'running:' .. worker)
  if left == 0 then
    wake(q)
  end
  return left
end

-- worker: it takes no more, and another may. Each later beat says that it is leaving, too.
local function yield(keys, args)
  local q = open_call(keys, args[1])
  if call('ZSCORE', q.p .. 'workers', q.worker) then
    call('HSET', q.p .. 'worker:' .. q.worker, 'leaving', 1)
  end
  if call('GET', q.p .. 'intake') == q.worker then
    call('DEL', q.p .. 'intake')
    pass_baton(q)
  end
  return 1
end
