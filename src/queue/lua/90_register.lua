-- Registered last, once every function above is known. The names carry the major
-- version, so that old and new workers run side by side.
local function entry(name, f, ...)
  redis.register_function{function_name = 'rollcall1_' .. name, flags = {...},
    callback = function(keys, args)
      call = redis.call
      -- While a cluster moves the slot, a key that is nowhere is refused: better here than
      -- half-way through a move, since nothing takes back what was written by then.
      if keys[1] then
        call('EXISTS', keys[1] .. ':nowhere')
      end
      return f(keys, args)
    end}
end

-- Out of memory, jobs go on and end, which is what frees some; no new ones come in.
entry('cycle', cycle)
entry('finish', cycle, 'allow-oom')
entry('recall', recall, 'no-writes')
entry('touch', touch, 'allow-oom')
entry('flags', flags, 'no-writes')
entry('beat', beat, 'allow-oom')
entry('sweep', sweep, 'allow-oom')
entry('yield', yield)
entry('abandon', abandon, 'allow-oom')
entry('park', park, 'allow-oom')
entry('fire', fire)
entry('pause', pause, 'allow-oom')
entry('resume', resume, 'allow-oom')
entry('retry', retry)
entry('drop', drop, 'allow-oom')
entry('connection_renew', connections.renew, 'allow-oom')
entry('connection_break', connections.break_off, 'allow-oom')
entry('connection_reseal', connections.reseal, 'allow-oom')
entry('connections_take', connections.take, 'allow-oom')
entry('audit_jobs', audit_jobs, 'no-writes')
entry('audit_place', audit_place, 'no-writes')
entry('audit_sums', audit_sums, 'no-writes')
entry('build', function() return BUILD end, 'no-writes')
