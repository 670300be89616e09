import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findTool, type OwnedProcess, spawnOwned } from '@plugfest/host';
import type { Clock } from '@plugfest/model';
import { findSipePlugin, placeSipePlugin } from './sipe-plugin.ts';

export interface SipeClientContext {
  readonly clock: Clock;
  /** `user@domain`. */
  readonly user: string;
  /** Answers the front end's NTLM challenge. */
  readonly password: string;
  /** `address:port` of its front end. */
  readonly server: string;
  /** Over TLS where it is known by this certificate (PEM), over TCP without. */
  readonly certificate?: string | undefined;
  /** Exists, is the client's own. */
  readonly workDir: string;
  readonly signal: AbortSignal;
}

const LOOK_MS = 50;
const PATIENCE_MS = 8000;
/** A terminal program takes keys one window at a time. */
const KEYS_MS = 300;
const ESCAPE = '\x1b';
/** Alt and a digit chooses a window: the contact list, the log, then the first conversation. */
const FIRST_CONVERSATION = `${ESCAPE}3`;
const QUIT = `${ESCAPE}q`;

/** pidgin-sipe, a Lync client of others, in finch, which is libpurple in a terminal. What it understood is read from its own log. */
export class SipeClient implements AsyncDisposable {
  readonly #context: SipeClientContext;
  readonly #child: OwnedProcess;
  /** Its debug log. */
  readonly logFile: string;
  /** True where its plugin was mended: see `placeSipePlugin`. */
  readonly isMended: boolean;

  private constructor(context: SipeClientContext, child: OwnedProcess, logFile: string, isMended: boolean) {
    this.#context = context;
    this.#child = child;
    this.logFile = logFile;
    this.isMended = isMended;
    child.stdout.resume();
  }

  /** Starts it; it signs in by itself. @throws where it is not installed */
  static async open(context: SipeClientContext): Promise<SipeClient> {
    const finch = await findTool('finch');
    const plugin = findSipePlugin();
    if (!finch.found) throw new Error(`finch is missing (${finch.reason}); mend it with: ${finch.fix}`);
    if (plugin === undefined) throw new Error(NO_PLUGIN);
    const home = join(context.workDir, 'home');
    mkdirSync(home, { recursive: true });
    const isMended = placeSipePlugin(plugin, home);
    writeFileSync(join(home, 'accounts.xml'), accountOf(context));
    if (context.certificate !== undefined) trusts(home, context.server, context.certificate);
    const logFile = join(context.workDir, 'finch.log');
    const command = `stty cols 120 rows 40; exec '${finch.path}' -d -c '${home}' 2>'${logFile}'`;
    const child = spawnOwned('script', ['-qec', command, '/dev/null'], {
      name: 'finch',
      cwd: context.workDir,
      stdin: 'pipe',
      env: { TERM: 'xterm', DBUS_SESSION_BUS_ADDRESS: 'disabled:', HOME: home },
    });
    return new SipeClient(context, child, logFile, isMended);
  }

  /** So much of its log as there is. */
  get log(): string {
    return existsSync(this.logFile) ? readFileSync(this.logFile, 'utf8') : '';
  }

  /** The first line of its log after `from` characters that says this; undefined where none comes in time. */
  async says(pattern: RegExp, from = 0): Promise<string | undefined> {
    const { clock, signal } = this.#context;
    for (const untilUs = clock.nowUs() + PATIENCE_MS * 1000; clock.nowUs() < untilUs; await this.#waits(LOOK_MS)) {
      signal.throwIfAborted();
      const line = this.log
        .slice(from)
        .split('\n')
        .find((one) => pattern.test(one));
      if (line !== undefined) return line;
    }
    return undefined;
  }

  /** Types a message into the first conversation. */
  async types(text: string): Promise<void> {
    this.#child.stdin?.write(FIRST_CONVERSATION);
    await this.#waits(KEYS_MS);
    this.#child.stdin?.write(`${text}\r`);
  }

  /** Quits as a person would; it signs out. */
  async quits(): Promise<void> {
    this.#child.stdin?.write(QUIT);
    await Promise.race([this.#child.exited, this.#waits(PATIENCE_MS / 2)]);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#child.stop(500);
  }

  #waits(delayMs: number): Promise<void> {
    return new Promise((resolve) => void this.#context.clock.schedule(delayMs, resolve));
  }
}

/** Said where finch is there and the plugin is not. */
export const NO_PLUGIN =
  'pidgin-sipe is missing (no libsipe.so among libpurple’s plugins); mend it with: sudo apt-get install -y pidgin-sipe';

/** libpurple takes a certificate that it has seen of that host before; authorities it knows only those that it was built with. */
function trusts(home: string, server: string, certificate: string): void {
  const known = join(home, 'certificates/x509/tls_peers');
  mkdirSync(known, { recursive: true });
  writeFileSync(join(known, server.split(':')[0] ?? server), certificate);
}

function accountOf({ user, password, server, certificate }: SipeClientContext): string {
  const [name = ''] = user.split('@');
  return `<?xml version='1.0' encoding='UTF-8'?>
<account version='1.0'><account>
<protocol>prpl-sipe</protocol><name>${user},${name}</name><password>${password}</password>
<settings><setting name='server' type='string'>${server}</setting><setting name='transport' type='string'>${certificate === undefined ? 'tcp' : 'tls'}</setting><setting name='authentication' type='string'>ntlm</setting></settings>
<settings ui='gnt-purple'><setting name='auto-login' type='bool'>1</setting></settings>
</account></account>
`;
}
