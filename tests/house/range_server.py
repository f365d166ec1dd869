# SPDX-FileCopyrightText: Recoscope contributors
# SPDX-License-Identifier: MIT
"""Serves a folder on 127.0.0.1 with byte ranges; `?cut=N` ends the first answer after N bytes. Prints its port."""
import http.server
import pathlib
import sys
import urllib.parse

ROOT = pathlib.Path(sys.argv[1])
already_cut = set()


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        url = urllib.parse.urlparse(self.path)
        data = (ROOT / url.path.lstrip("/")).read_bytes()
        wanted = self.headers.get("Range")
        start = int(wanted.split("=")[1].split("-")[0]) if wanted else 0
        print(f"range {wanted}", file=sys.stderr, flush=True)
        self.send_response(206 if wanted else 200)
        if wanted:
            self.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
        body = data[start:]
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        cut = urllib.parse.parse_qs(url.query).get("cut")
        if cut and self.path not in already_cut:
            already_cut.add(self.path)
            body = body[: int(cut[0])]
            self.close_connection = True
        self.wfile.write(body)

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
