-- Registered last, once every function above is known. The names carry the major
-- version, so that old and new workers run side by side.
local function entry(name, f, ...)
  redis.register_function{function_name = 'rollcall1_' .. name, flags = {...},
    callback = function(keys, args)
      call = redis.call
      return f(keys, args)
    end}
end

entry('cycle', cycle)
entry('recall', recall)
entry('touch', touch)
entry('flags', flags, 'no-writes')
entry('beat', beat)
entry('abandon', abandon)
entry('build', function() return BUILD end, 'no-writes')
