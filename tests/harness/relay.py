"""relay - stands between a program and Redis, and can keep back what Redis answers from the moment at
which certain words are said: what the program says meanwhile is heard and answered, and when it is
let go it gets all of these answers at once, in their order.
"""
import socket
import threading


class Relay:
    def __init__(self, path, redis):
        """path: the socket that it offers; redis: that of Redis."""
        self.redis, self.words, self.heard = redis, None, b""
        self.flows = threading.Event()
        self.flows.set()
        self.server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.server.bind(path)
        self.server.listen(16)
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            program, _ = self.server.accept()
            redis = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            redis.connect(self.redis)
            threading.Thread(target=self.pump, args=(self.hear, program, redis), daemon=True).start()
            threading.Thread(target=self.pump, args=(self.keep, redis, program), daemon=True).start()

    def pump(self, first, source, sink):
        try:
            while data := source.recv(1 << 16):
                first(data)
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            source.close()
            sink.close()

    def hear(self, data):
        if self.words and self.words in data:
            self.words = None
            self.flows.clear()
        self.heard += data

    def keep(self, _):
        self.flows.wait()

    def keep_from(self, words):
        self.words = words

    def keeps(self):
        return not self.flows.is_set()

    def let_go(self):
        self.flows.set()
