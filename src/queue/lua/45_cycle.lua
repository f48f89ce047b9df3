--[[
The heart of the queue: what has ended, what was read, and what comes next, in one call.
]]

-- worker keep keep_ms per_school claim nfinish <finish>* nadmit outside <admission>*
-- An admission is "plain" id length school class type requested_by; or one of these words
-- and more: ok (+ what makes it unlike others of its type), bad, junk or wake, and behind
-- the seven code priority at body register learners teachers. length is the text's, below 0
-- when the id is not written out in it; body '' stands for the envelope as it came; learners is
-- how many the register says there are, -1 if nothing, and teachers a JSON list of their ids, ''
-- if nothing. Of one that is refused, body says why and register is the beginning of the text.
-- Gives {alive, now, refused[], through[], claimed[], ready, next due, astray,
-- intake, inbox, refill}: refused and through are places in the call's finishes and
-- admissions; refill is a school that has room for what waits outside.
local function cycle(keys, args)
  local q = open_call(keys, args[1], args[2], args[3])
  if not call('ZSCORE', q.p .. 'workers', q.worker) then
    return {0}
  end
  local stopped = is_paused(q, '*')
  local claims = stopped and 0 or tonumber(args[5])
  q.cap, q.leased, q.through = tonumber(args[4]), {}, {}
  q.paused_types, q.aside = paused_types(q), 0
  local refused, i = finish(q, args, 7, tonumber(args[6]))
  local due = promote(q)
  q.idle = claims > 0 and not there_is(q, 'ring') and not q.paused_types
  local astray = admit(q, args, i + 2, tonumber(args[i]), args[i + 1], claims)
  local left = claims - #q.through
  local claimed = left > 0 and claim(q, left) or {}
  settle(q)
  if #q.through + #claimed == claims then
    pass_baton(q)
  end
  local ready = not stopped and (there_is(q, 'ring') or may_try(q))
  return {1, q.now, refused, q.through, claimed, ready and 1 or 0, due,
    astray and 1 or 0, has_intake(q) and 1 or 0, call('LLEN', q.inbox), refill(q)}
end
