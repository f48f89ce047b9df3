# sidekiq_peer - Sidekiq as a peer: its own program with 100 threads, and its client.
#
#   ruby sidekiq_peer.rb SOCKET single|bulk COUNT   prints jobs a second
#   ruby sidekiq_peer.rb SOCKET idle COUNT CLOCK    prints "ready", then p50 and p99 in us
#   ruby sidekiq_peer.rb SOCKET work COUNT CLOCK now|end   becomes sidekiq, until SIGTERM
#
# The clock file is that of kit.mjs. Sidekiq's two lines of log for each job are switched off:
# the other queues write none.
require "json"
require "sidekiq"

PAYLOAD_BYTES = 200
AT_ONCE = 500
CONCURRENCY = 100

def now_ns
  Process.clock_gettime(Process::CLOCK_MONOTONIC, :nanosecond)
end

# The handler's side of the clock file.
class Notes
  def initialize(path, count, at_once)
    @file = File.open(path, "r+b")
    @count = count
    @at_once = at_once
    @ran = []
  end

  # Appending is one step for Ruby's threads.
  def ran(number)
    at = now_ns
    @ran << [number, at]
    @file.pwrite([at].pack("q"), number * 8) if @at_once
  end

  def write
    moments = Array.new(@count, 0)
    calls = Array.new(@count, 0)
    @ran.each do |number, at|
      moments[number] = at
      calls[number] += 1
    end
    @file.pwrite(moments.pack("q*") + calls.pack("q*"), 0)
  end
end

class NoOp
  include Sidekiq::Worker
  sidekiq_options queue: "bench"

  def perform(number, _note)
    NOTES.ran(number)
  end
end

# 200 bytes of JSON.
def payload(number)
  room = PAYLOAD_BYTES - JSON.generate([number, ""]).bytesize
  [number, "." * room]
end

def add(number)
  NoOp.perform_async(*payload(number))
end

def add_many(first, count)
  jobs = (first...first + count).map { |number| payload(number) }
  Sidekiq::Client.push_bulk("class" => NoOp, "args" => jobs)
end

def enqueue_all(count, at_once)
  Sidekiq.redis(&:ping)
  began = now_ns
  0.step(count - 1, at_once) { |first| yield first, [at_once, count - first].min }
  puts (count * 1e9 / (now_ns - began)).round
end

def moment_of(file, number, seconds)
  stop = now_ns + seconds * 1_000_000_000
  while now_ns < stop
    at = file.pread(8, number * 8).unpack1("q")
    return at unless at.zero?
    sleep 0.0005
  end
  abort "job #{number} did not run within #{seconds} s"
end

# The last number of the file is the job that shows that the worker is up.
def idle(count, path)
  file = File.open(path, "rb")
  add(count)
  moment_of(file, count, 30)
  puts "ready"
  $stdout.flush
  sleep 0.5
  took = (0...count).map do |number|
    sleep 0.001 + rand * 0.004
    began = now_ns
    add(number)
    (moment_of(file, number, 5) - began) / 1000.0
  end
  took.sort!
  puts format("%.1f %.1f", took[count / 2], took[count * 99 / 100])
end

def main(socket, order, count, clock = nil, time = nil)
  ENV["BENCH_SOCKET"] = socket
  if order == "work"
    ENV.update("BENCH_CLOCK" => clock, "BENCH_COUNT" => count, "BENCH_WHEN" => time)
    exec("sidekiq", "-r", File.expand_path(__FILE__), "-c", CONCURRENCY.to_s, "-q", "bench")
  end
  Sidekiq.configure_client { |config| config.redis = {url: "unix://#{socket}"} }
  case order
  when "idle" then idle(count.to_i, clock)
  when "bulk" then enqueue_all(count.to_i, AT_ONCE) { |first, many| add_many(first, many) }
  else enqueue_all(count.to_i, 1) { |number, _| add(number) }
  end
end

if $PROGRAM_NAME == __FILE__
  main(*ARGV)
else
  NOTES = Notes.new(ENV["BENCH_CLOCK"], ENV["BENCH_COUNT"].to_i, ENV["BENCH_WHEN"] == "now")
  at_exit { NOTES.write }
  Sidekiq.configure_server { |config| config.redis = {url: "unix://#{ENV["BENCH_SOCKET"]}"} }
  Sidekiq.logger.level = Logger::WARN
end
