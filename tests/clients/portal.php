<?php
/*
 * portal.php - what the two examples for portals in PHP have in common: the envelope, sending
 * again, and the command line to try them with. phpredis.php and predis.php begin here; each
 * fills in the commands of its library. README.md in this folder lists the words and lines.
 */

abstract class Rollcall
{
    const PREFIX = 'rollcall:{teams}:'; // the braces are part of the key
    const PAUSES_MS = [100, 500, 1000, 2000]; // before a command is sent again
    const CANCEL_KEPT_S = 259200; // three days
    const COUNTS = ['added', 'already_member', 'failed', 'unresolved', 'removed', 'removal_failed'];
    const RECORD = ['rev', 'state', 'done', 'total', ...self::COUNTS, 'web_url', 'joined', 'error_code',
        'message', 'phase', 'error'];

    /* Enqueues a job and returns its id. $request is what the register says: school,
     * requested_by, class, and whatever else the envelope may hold. */
    abstract public function push(string $type, array $request, ?string $job = null): string;

    abstract public function cancel(string $job, string $who): void;

    /* The job record: [] while no worker has read the job yet, and when there is none any
     * more. An unchanged rev means an unchanged record. */
    abstract public function progress(string $job): array;

    /* What became of each learner; with $known, only the rows after that many. */
    abstract public function learners(string $job, int $known = 0): array;

    abstract public function isAnybodyThere(): bool;

    public function depth(): array
    {
        $depth = ['inbox' => $this->inboxLength()];
        $counts = $this->counts();
        foreach (['queued', 'waiting', 'running', 'dead'] as $place)
            $depth[$place] = (int) ($counts[$place] ?? 0);
        return $depth;
    }

    abstract protected function inboxLength(): int;
    abstract protected function counts(): array;

    /* Text in another encoding than UTF-8 is an exception here, and no empty envelope. */
    protected static function envelope(string $type, array $request, string $job): string
    {
        // v and id stand first: so the id is found even in an envelope that is too large.
        $envelope = ['v' => 1, 'id' => $job, 'type' => $type] + $request;
        // PHP has one kind of array, JSON two. array_filter and unset leave holes that would make
        // an object of a list; an empty array of options would become a list.
        foreach (['teachers', 'learners'] as $list)
            if (isset($envelope['class'][$list]))
                $envelope['class'][$list] = array_values($envelope['class'][$list]);
        if (isset($envelope['options']))
            $envelope['options'] = (object) $envelope['options'];
        return json_encode($envelope, JSON_THROW_ON_ERROR | JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES);
    }

    protected static function newId(string $type): string
    {
        return $type . '-' . bin2hex(random_bytes(12));
    }

    protected static function rows(array $rows): array
    {
        return array_map(fn($row) => json_decode($row, true, 64, JSON_THROW_ON_ERROR), $rows);
    }

    /* Sends a command until it is answered. All that is sent here may be sent twice. $isLost
     * tells a lost connection, which is worth another try, from an answer that says no. */
    protected function insist(callable $command, callable $isLost)
    {
        foreach (self::PAUSES_MS as $ms) {
            try {
                return $command();
            } catch (Exception $e) {
                if (!$isLost($e))
                    throw $e;
                fwrite(STDERR, "again: {$e->getMessage()}\n");
                usleep($ms * 1000);
            }
        }
        return $command();
    }
}

// ---- the command line ----------------------------------------------------------------------

const LOOKS_IN_VAIN = 10; // without a record, with a worker online and nothing in the inbox

function text_of(array $record): string
{
    $text = ($record['message'] ?? '') ?: ($record['phase'] ?? '');
    return rtrim(sprintf('%s %d/%d %s', $record['state'], $record['done'] ?? 0, $record['total'] ?? 0, $text));
}

function watch(Rollcall $rollcall, string $job): int
{
    $rev = $shown = null;
    for ($looks = 0; ; usleep(500000)) {
        $record = $rollcall->progress($job);
        if (!$record) {
            $there = $rollcall->isAnybodyThere();
            $text = $there ? 'waiting for a worker' : 'no worker is online';
            $looks = $there && $rollcall->depth()['inbox'] === 0 ? $looks + 1 : 0;
        } elseif ($record['rev'] !== $rev) {
            $rev = $record['rev'];
            $text = text_of($record);
        }
        if ($text !== $shown)
            echo "$text\n";
        $shown = $text;
        if ($looks === LOOKS_IN_VAIN) {
            echo "unknown $job\n";
            return 1;
        }
        $state = $record['state'] ?? '';
        if ($state === 'joined') { // the same was asked for already: watch that one
            $job = $record['joined'];
            $rev = null;
            echo "joined $job\n";
        } elseif (in_array($state, ['done', 'failed', 'cancelled'], true)) {
            return tell_end($record);
        }
    }
}

function tell_end(array $record): int
{
    $words = ['ended', $record['state'], $record['error_code'] ?? '', $record['error'] ?? ''];
    echo implode(' ', array_filter($words, 'strlen')), "\n";
    $counts = array_map(fn($name) => str_replace('_', ' ', $name) . ' ' . ($record[$name] ?? 0), Rollcall::COUNTS);
    echo implode(', ', $counts), "\n";
    if (($record['web_url'] ?? '') !== '')
        echo "team {$record['web_url']}\n";
    return $record['state'] === 'done' ? 0 : 1;
}

function run(Rollcall $rollcall, string $command, ?string $first, ?string $second): int
{
    if (in_array($command, ['create', 'sync'], true) && $first !== null) {
        $request = json_decode(file_get_contents($first), true, 64, JSON_THROW_ON_ERROR);
        $type = $command === 'create' ? 'create-team' : 'sync-learners';
        echo 'job ', $rollcall->push($type, $request, $second), "\n";
    } elseif ($command === 'watch' && $first !== null) {
        return watch($rollcall, $first);
    } elseif ($command === 'learners' && $first !== null) {
        foreach ($rollcall->learners($first) as $row)
            echo implode("\t", [$row['learner'], $row['name'], $row['outcome'], $row['reason']]), "\n";
    } elseif ($command === 'cancel' && $first !== null) {
        $rollcall->cancel($first, $second ?? 'portal');
        echo "cancel asked $first\n";
    } elseif ($command === 'alive') {
        $there = $rollcall->isAnybodyThere();
        echo 'alive ', $there ? 'yes' : 'no', "\n";
        return $there ? 0 : 1;
    } elseif ($command === 'depth') {
        $depth = $rollcall->depth();
        echo implode(' ', array_map(fn($place) => "$place {$depth[$place]}", array_keys($depth))), "\n";
    } else {
        fwrite(STDERR, "usage: create|sync FILE [JOB], watch|learners JOB, cancel JOB [WHO], alive, depth\n");
        return 2;
    }
    return 0;
}

function main(Rollcall $rollcall, array $words): int
{
    try {
        return run($rollcall, $words[1] ?? '', $words[2] ?? null, $words[3] ?? null);
    } catch (Exception $why) {
        fwrite(STDERR, "Redis: {$why->getMessage()}\n");
        return 3;
    }
}
