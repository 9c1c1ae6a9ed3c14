"""A first image for each service that has none: it answers, so that the stack can be deployed
before its application is there. A team replaces the folder and the Dockerfile."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from commands.init.answers import Answers

NGINX = """\
# A start: put the built pages into images/{name}/, or build them here. From the root:
#   docker build -f images/Dockerfile.{name} -t {name} .
ARG NGINX_IMAGE=docker.io/nginxinc/nginx-unprivileged:1.30

FROM ${{NGINX_IMAGE}}
COPY images/{name}/nginx.conf /etc/nginx/nginx.conf
COPY images/{name}/index.html /srv/web/
USER 101
# Fargate mounts a volume with the owner and mode of the image's VOLUME at that path; otherwise only
# root can write.
VOLUME ["/tmp"]
EXPOSE 8080
"""
NODE = """\
# A start: replace images/{name}/main.js by the application. From the root:
#   docker build -f images/Dockerfile.{name} -t {name} .
# The base has Node and no npm or shell: install and build in a stage before it, of
# docker.io/library/node:22-bookworm-slim.
ARG NODE_RUNTIME_IMAGE=gcr.io/distroless/nodejs22-debian13:nonroot

FROM ${{NODE_RUNTIME_IMAGE}}
WORKDIR /app
COPY images/{name}/ ./
USER 1000
# Node alone is the base's entrypoint; commands here and in task definitions begin with `node`.
ENTRYPOINT []
ENV PATH=/nodejs/bin:$PATH
# Fargate mounts a volume with the owner and mode of the image's VOLUME at that path; otherwise only
# root can write.
VOLUME ["/tmp"]
CMD ["node", "main.js"]
"""
IGNORED = """\
# What Dockerfile.{name} copies, and nothing else: the provider builds an image again when its
# context changes.
*
!images/{name}
"""
NGINX_CONF = """\
pid /tmp/nginx.pid;
error_log /dev/stderr warn;
events {}
http {
  include /etc/nginx/mime.types;
  access_log /dev/stdout;
  client_body_temp_path /tmp/body;
  proxy_temp_path /tmp/proxy;
  fastcgi_temp_path /tmp/fastcgi;
  uwsgi_temp_path /tmp/uwsgi;
  scgi_temp_path /tmp/scgi;
  # Above the 60 s that the load balancer keeps an idle connection.
  keepalive_timeout 65s;
  server {
    listen 8080;
    root /srv/web;
    location = /healthz { return 200; }
    location / { try_files $uri /index.html; }
  }
}
"""
PAGE = '<!doctype html>\n<html lang="en"><title>{name}</title><h1>{name}</h1></html>\n'
SERVER = """\
// Answers every request, until the application is here.
import { createServer } from 'node:http';

const server = createServer((request, response) => {
  response.setHeader('content-type', 'application/json');
  const { SERVICE_NAME: service, SERVICE_VERSION: version } = process.env;
  response.end(JSON.stringify({ service, version, path: request.url }));
});
// Above the 60 s that the load balancer keeps an idle connection.
server.keepAliveTimeout = 65_000;
server.headersTimeout = 66_000;
server.listen(Number(process.env.PORT ?? 3000));
process.on('SIGTERM', () => server.close());
"""
LOOP = """\
// Waits for SIGTERM, until the application is here.
const waiting = setInterval(() => undefined, 60_000);
process.on('SIGTERM', () => clearInterval(waiting));
"""
MODULE = '{ "type": "module" }\n'


def starters(answers: Answers) -> dict[Path, str]:
    """The files of all services that are no samples, by path below the project."""
    files: dict[Path, str] = {}
    for name, kind in answers.kinds.items():
        if kind != "job" and not answers.is_sample(name):
            image = answers.image_of(name)
            files |= {Path("images") / path: text for path, text in _files(image, kind)}
    return files


def _files(image: str, kind: str) -> Iterator[tuple[str, str]]:
    yield f"Dockerfile.{image}", (NGINX if kind == "web" else NODE).format(name=image)
    yield f"Dockerfile.{image}.dockerignore", IGNORED.format(name=image)
    if kind == "web":
        yield f"{image}/nginx.conf", NGINX_CONF
        yield f"{image}/index.html", PAGE.format(name=image)
        return
    yield f"{image}/main.js", LOOP if kind == "worker" else SERVER
    yield f"{image}/package.json", MODULE
