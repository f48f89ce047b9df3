"""celery_peer - Celery as a peer: one worker with the pool named by the last word, and the chatter
between workers (gossip, mingle, heartbeats) switched off."""
import sys

from celery import Celery

import kit

application = Celery("bench", broker="redis+socket://" + sys.argv[1])
application.conf.update(task_ignore_result=True, task_default_queue="bench")
no_op = application.task(name="no_op")(kit.no_op)


def connect(_socket):
    with application.connection_for_write() as connection:
        connection.ensure_connection(max_retries=1)

    def add(number):
        no_op.delay(*kit.payload(number))
    return add, None


def work(_socket):
    pool, concurrency = sys.argv[-1].split(":")
    application.worker_main(["worker", "-P", pool, "-c", concurrency, "-l", "WARNING",
                             "--without-gossip", "--without-mingle", "--without-heartbeat"])


kit.main(connect, work)
