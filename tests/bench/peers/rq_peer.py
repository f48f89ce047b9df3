"""rq_peer - RQ as a peer: its SimpleWorker, which does jobs in its own process, or with "fork"
as the last word its default worker, which forks for each."""
import sys

from redis import Redis
from rq import Queue, SimpleWorker, Worker

import kit


def connect(socket):
    queue = Queue("bench", connection=Redis(unix_socket_path=socket))
    queue.connection.ping()

    def add(number):
        queue.enqueue(kit.no_op, *kit.payload(number))

    def add_many(first, count):
        queue.enqueue_many([Queue.prepare_data(kit.no_op, kit.payload(number))
                            for number in range(first, first + count)])
    return add, add_many


def work(socket):
    kind = Worker if sys.argv[-1] == "fork" else SimpleWorker
    kind(["bench"], connection=Redis(unix_socket_path=socket)).work(logging_level="WARNING")


kit.main(connect, work)
