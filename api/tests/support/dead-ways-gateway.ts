/**
 * Runs a program, and forwards its connections to servers and those of the tests to it, over Unix sockets: these lead
 * out of a network namespace. Each line of its standard input is a Command.
 */
import { execFileSync, spawn } from 'node:child_process';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Command, Gateway } from './dead-ways.ts';

const { directory, file, isolated, programPort, ports } = JSON.parse(process.argv[2] ?? '') as Gateway;
const clients = new Map<number, Set<Socket>>(ports.map((port) => [port, new Set()]));
const silent = new WeakSet<Socket>();
const stopped = new Set<number>();

/** Each does to one port's connections what its name says. */
const COMMANDS: Record<Command['name'], (port: number) => void> = {
  drop: (port) => {
    const rules = [...(clients.get(port) ?? [])].flatMap(({ remotePort = 0 }) => [
      `-I INPUT -p tcp --sport ${remotePort} --dport ${port} -j DROP`,
      `-I INPUT -p tcp --sport ${port} --dport ${remotePort} -j DROP`,
    ]);
    const input = ['*filter', ...rules, 'COMMIT', ''].join('\n');
    execFileSync('iptables-restore', ['--noflush'], { input });
  },
  stop: (port) => {
    stopped.add(port);
    for (const client of clients.get(port) ?? []) silent.add(client);
  },
  resume: (port) => {
    stopped.delete(port);
  },
};

if (isolated) execFileSync('ip', ['link', 'set', 'lo', 'up']);
for (const port of ports) {
  createServer((client) => {
    clients.get(port)?.add(client);
    client.on('close', () => clients.get(port)?.delete(client));
    if (stopped.has(port)) silent.add(client);
    forward(client, connect(join(directory, String(port))));
  }).listen(port, '127.0.0.1');
}
createServer((client) => {
  forward(client, connect(programPort, '127.0.0.1'));
}).listen(join(directory, 'program'));
const program = spawn(process.execPath, [file], { stdio: ['ignore', 'inherit', 'inherit'] });
program.on('exit', (code) => process.exit(code ?? 1));
createInterface(process.stdin)
  .on('line', (line) => {
    const { name, port } = JSON.parse(line) as Command;
    COMMANDS[name](port);
  })
  .on('close', () => program.kill('SIGKILL'));

function forward(client: Socket, server: Socket): void {
  for (const [from, to] of [
    [client, server],
    [server, client],
  ] as const) {
    from.on('error', () => undefined);
    from.on('close', () => to.destroy());
    from.on('data', (data) => {
      if (!silent.has(client)) to.write(data);
    });
  }
}
