<?php
/*
 * phpredis.php - how a portal in PHP talks to Rollcall, with the extension redis (Debian:
 * php-redis). A portal takes over this class and the one that it extends.
 */
require __DIR__ . '/portal.php';

class PhpredisRollcall extends Rollcall
{
    private ?Redis $redis = null;

    public function push(string $type, array $request, ?string $job = null): string
    {
        $job ??= self::newId($type);
        $envelope = self::envelope($type, $request, $job);
        // The same id pushed twice is one job: after a lost connection it is simply sent again.
        $this->ask(fn($redis) => $redis->rPush(self::PREFIX . 'inbox', $envelope));
        return $job;
    }

    public function cancel(string $job, string $who): void
    {
        $this->ask(fn($redis) => $redis->set(self::PREFIX . "cancel:$job", $who, ['ex' => self::CANCEL_KEPT_S]));
    }

    public function progress(string $job): array
    {
        $record = $this->ask(fn($redis) => $redis->hMGet(self::PREFIX . "job:$job", self::RECORD));
        return array_filter($record, fn($value) => $value !== false); // false: there is no such field
    }

    public function learners(string $job, int $known = 0): array
    {
        return self::rows($this->ask(fn($redis) => $redis->lRange(self::PREFIX . "job:$job:learners", $known, -1)));
    }

    public function isAnybodyThere(): bool
    {
        return $this->ask(fn($redis) => $redis->exists(self::PREFIX . 'alive')) === 1;
    }

    protected function inboxLength(): int
    {
        return $this->ask(fn($redis) => $redis->lLen(self::PREFIX . 'inbox'));
    }

    protected function counts(): array
    {
        return $this->ask(fn($redis) => $redis->hGetAll(self::PREFIX . 'counts'));
    }

    private function connect(): Redis
    {
        $redis = new Redis();
        // A name, an address, or the path of a socket.
        $host = getenv('REDIS_HOST') ?: '127.0.0.1';
        $port = $host[0] === '/' ? 0 : (int) (getenv('REDIS_PORT') ?: 6379);
        $redis->connect($host, $port, 5.0, null, 0, 5.0); // 5 s for the connection, 5 s for an answer
        $redis->auth([getenv('REDIS_USER') ?: 'portal', getenv('REDIS_PASSWORD')]);
        return $redis;
    }

    /* Some refusals throw, others are a false with an error to be asked for. Here all throw. */
    private function ask(callable $command)
    {
        return $this->insist(function () use ($command) {
            $this->redis ??= $this->connect();
            $this->redis->clearLastError();
            $answer = $command($this->redis);
            if ($answer === false && $this->redis->getLastError() !== null)
                throw new RedisException($this->redis->getLastError());
            return $answer;
        }, function (Exception $e) {
            $this->redis = null;
            // An answer of Redis begins with a word in capitals.
            return $e instanceof RedisException
                && (!preg_match('/^[A-Z]{2,} /', $e->getMessage()) || str_starts_with($e->getMessage(), 'LOADING'));
        });
    }
}

exit(main(new PhpredisRollcall(), $argv));
