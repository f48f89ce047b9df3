<?php
/*
 * predis.php - how a portal in PHP talks to Rollcall, with Predis (Debian: php-nrk-predis;
 * Composer: predis/predis). A portal takes over this class and the one that it extends.
 */
require __DIR__ . '/portal.php';
require 'Predis/autoload.php'; // Debian's; with Composer it is vendor/autoload.php

class PredisRollcall extends Rollcall
{
    private Predis\Client $redis;

    public function __construct()
    {
        // A name, an address, or the path of a socket.
        $host = getenv('REDIS_HOST') ?: '127.0.0.1';
        $place = $host[0] === '/' ? ['scheme' => 'unix', 'path' => $host]
            : ['scheme' => 'tcp', 'host' => $host, 'port' => (int) (getenv('REDIS_PORT') ?: 6379)];
        $this->redis = new Predis\Client($place + [ // connects with the first command
            'username' => getenv('REDIS_USER') ?: 'portal',
            'password' => getenv('REDIS_PASSWORD'),
            'timeout' => 5, // seconds, for the connection
            'read_write_timeout' => 5, // and for an answer
        ]);
    }

    public function push(string $type, array $request, ?string $job = null): string
    {
        $job ??= self::newId($type);
        $envelope = self::envelope($type, $request, $job);
        // The same id pushed twice is one job: after a lost connection it is simply sent again.
        $this->ask(fn($redis) => $redis->rpush(self::PREFIX . 'inbox', [$envelope]));
        return $job;
    }

    public function cancel(string $job, string $who): void
    {
        $this->ask(fn($redis) => $redis->set(self::PREFIX . "cancel:$job", $who, 'EX', self::CANCEL_KEPT_S));
    }

    public function progress(string $job): array
    {
        $values = $this->ask(fn($redis) => $redis->hmget(self::PREFIX . "job:$job", self::RECORD));
        return array_filter(array_combine(self::RECORD, $values), fn($value) => $value !== null);
    }

    public function learners(string $job, int $known = 0): array
    {
        return self::rows($this->ask(fn($redis) => $redis->lrange(self::PREFIX . "job:$job:learners", $known, -1)));
    }

    public function isAnybodyThere(): bool
    {
        return $this->ask(fn($redis) => $redis->exists(self::PREFIX . 'alive')) === 1;
    }

    protected function inboxLength(): int
    {
        return $this->ask(fn($redis) => $redis->llen(self::PREFIX . 'inbox'));
    }

    protected function counts(): array
    {
        return $this->ask(fn($redis) => $redis->hgetall(self::PREFIX . 'counts'));
    }

    /* After a lost connection Predis connects anew with the next command. A refused password is
     * one of its connection errors, too. */
    private function ask(callable $command)
    {
        return $this->insist(fn() => $command($this->redis), fn(Exception $e) =>
            ($e instanceof Predis\CommunicationException && !str_contains($e->getMessage(), 'AUTH'))
            || ($e instanceof Predis\Response\ServerException && $e->getErrorType() === 'LOADING'));
    }
}

exit(main(new PredisRollcall(), $argv));
