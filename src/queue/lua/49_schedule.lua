--[[
Schedules: jobs that come by the clock. schedule:<name> says what and when in the words of the
operator, schedules when each comes next. Each heartbeat is told what is due; the worker
works out what comes after (Redis knows no zones) and fires: whoever names the time that is
still the next one pushes the job and sets the time after, in one call. So a schedule fires
once, however many workers heard of it.
]]
local SCHEDULES_TOLD = 16       -- in one heartbeat

-- {{name, when, cron, zone, missed, envelope, quiet}, ...} of those that are due.
local function schedules_due(q)
  local due, names = {}, {}
  if call('EXISTS', q.p .. 'schedules') == 1 then
    names = call('ZRANGEBYSCORE', q.p .. 'schedules', '-inf', q.at, 'WITHSCORES', 'LIMIT', 0,
      SCHEDULES_TOLD)
  end
  for i = 1, #names, 2 do
    local s = call('HMGET', q.p .. 'schedule:' .. names[i], 'cron', 'zone', 'missed', 'envelope',
      'quiet')
    due[#due + 1] = {names[i], tonumber(names[i + 1]), s[1] or '', s[2] or '', s[3] or '', s[4] or '',
      s[5] or ''}
  end
  return due
end

-- worker name when next job envelope: 1 if it was this call that fired it. next 0: it never
-- comes again. An empty envelope lets the time pass without a job.
local function fire(keys, args)
  local q, name = open_call(keys, args[1]), args[2]
  if tonumber(call('ZSCORE', q.p .. 'schedules', name) or '-1') ~= tonumber(args[3]) then
    return 0
  end
  call('ZADD', q.p .. 'schedules', args[4] == '0' and '+inf' or args[4], name)
  if args[6] == '' then
    call('HINCRBY', q.p .. 'schedule:' .. name, 'passed_over', 1)
    return 1
  end
  call('HSET', q.p .. 'schedule:' .. name, 'last_job', args[5], 'last_at', q.at)
  call('RPUSH', q.inbox, args[6])
  return 1
end
