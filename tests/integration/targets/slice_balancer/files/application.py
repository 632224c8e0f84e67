"""An application on ADDRESS PORT that says which address answered, after a twentieth of a second."""
import http.server
import sys
import time


class Server(http.server.ThreadingHTTPServer):
    request_queue_size = 128  # a busy machine may be slow to take connections


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        time.sleep(0.05)
        body = sys.argv[1].encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        """Nothing."""


Server((sys.argv[1], int(sys.argv[2])), Handler).serve_forever()
