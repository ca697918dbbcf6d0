"""As much of a PostgreSQL server as a login needs (PostgreSQL, "Frontend/Backend Protocol").

usage: server.py DIR [CERTIFICATE KEY]

Asks for the password in clear, as Azure Database for PostgreSQL does, appends what it gets to DIR/passwords, and writes
its port to DIR/port. Without a certificate it has no TLS.
"""

import pathlib
import socketserver
import ssl
import struct
import sys

folder = pathlib.Path(sys.argv[1])
tls = None
if len(sys.argv) > 2:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(sys.argv[2], sys.argv[3])

SSL_REQUEST, GSS_REQUEST = 80877103, 80877104


def message(kind, body):
    return kind + struct.pack("!i", len(body) + 4) + body


class Session(socketserver.BaseRequestHandler):
    def exactly(self, count):
        data = b""
        while len(data) < count:
            more = self.request.recv(count - len(data))
            if not more:
                raise EOFError
            data += more
        return data

    def body(self):
        return self.exactly(struct.unpack("!i", self.exactly(4))[0] - 4)

    def handle(self):
        try:
            self.serve()
        except (EOFError, OSError):
            pass

    def serve(self):
        while True:
            code = struct.unpack("!i", self.body()[:4])[0]
            if code == SSL_REQUEST and tls:
                self.request.sendall(b"S")
                self.request = tls.wrap_socket(self.request, server_side=True)
            elif code in (SSL_REQUEST, GSS_REQUEST):
                self.request.sendall(b"N")
            else:
                break
        self.request.sendall(message(b"R", struct.pack("!i", 3)))
        if self.exactly(1) != b"p":
            return
        with open(folder / "passwords", "ab") as passwords:
            passwords.write(self.body().rstrip(b"\0") + b"\n")
        ready = message(b"Z", b"I")
        self.request.sendall(message(b"R", struct.pack("!i", 0)) + ready)
        while self.exactly(1) != b"X":
            self.body()
            self.request.sendall(message(b"C", b"SELECT 0\0") + ready)


socketserver.ThreadingTCPServer.daemon_threads = True
with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Session) as server:
    (folder / "port").write_text(str(server.server_address[1]))
    server.serve_forever()
