import { join } from 'node:path';
import type { JoinTarget } from '../endpoint.ts';

/** Where Debian and others put Kamailio's modules. */
export const MODULE_PATHS = [
  '/usr/lib/x86_64-linux-gnu/kamailio/modules',
  '/usr/lib/aarch64-linux-gnu/kamailio/modules',
  '/usr/lib64/kamailio/modules',
  '/usr/lib/kamailio/modules',
  '/usr/local/lib64/kamailio/modules',
];

/** Those that the configuration below calls, in the order in which they need each other. */
const MODULES = [
  'kex',
  'corex',
  'tm',
  'sl',
  'rr',
  'pv',
  'maxfwd',
  'textops',
  'siputils',
  'nathelper',
  'xhttp',
  'websocket',
  'tls',
];

/** Ports on the loopback address, one a transport. */
export interface KamailioPorts {
  readonly udp: number;
  readonly tcp: number;
  readonly tls: number;
  readonly ws: number;
}

export interface KamailioConfig {
  readonly modulePath: string;
  readonly directory: string;
  readonly ports: KamailioPorts;
  readonly bridge: JoinTarget['bridge'];
}

const HOST = '127.0.0.1';

/** A proxy that records its route and passes every call on to the bridge: over the transport by which it came, and from WebSocket, whose clients it only serves, over TCP. */
export function formatKamailioConfig({ modulePath, directory, ports, bridge }: KamailioConfig): string {
  return `#!KAMAILIO
debug=1
log_stderror=yes
fork=yes
children=1
tcp_children=1
auto_aliases=no
dns=no
rev_dns=no
enable_tls=yes
tcp_accept_no_cl=yes
user_agent_header="User-Agent: Kamailio"
server_header="Server: Kamailio"
listen=udp:${HOST}:${ports.udp}
listen=tcp:${HOST}:${ports.tcp}
listen=tcp:${HOST}:${ports.ws}
listen=tls:${HOST}:${ports.tls}
mpath="${modulePath}/"
${MODULES.map((name) => `loadmodule "${name}.so"`).join('\n')}
modparam("tls", "config", "${join(directory, 'tls.cfg')}")
modparam("rr", "enable_full_lr", 1)
modparam("rr", "enable_double_rr", 1)
modparam("tm", "fr_inv_timer", 30000)
${REQUEST_ROUTE}
route[TO_BRIDGE] {
${(['udp', 'tcp', 'tls'] as const).map((transport) => onward(transport, ports, bridge)).join('\n')}
  t_on_reply("FROM_BRIDGE");
  if (!t_relay()) sl_reply_error();
}
`;
}

/** @see RFC 3261 §16; RFC 7118 §5 for clients whose Contact names nothing that can be reached */
const REQUEST_ROUTE = `
request_route {
  if (!mf_process_maxfwd_header("10")) {
    sl_send_reply("483", "Too Many Hops");
    exit;
  }
  force_rport();
  if (nat_uac_test("64") && is_method("INVITE|UPDATE|SUBSCRIBE")) add_contact_alias();
  if (is_method("CANCEL")) {
    if (t_check_trans()) t_relay();
    exit;
  }
  if (has_totag()) {
    if (loose_route()) {
      if ($du == "") handle_ruri_alias();
      t_on_reply("FROM_BRIDGE");
      if (!t_relay()) sl_reply_error();
      exit;
    }
    if (is_method("ACK")) {
      if (t_check_trans()) t_relay();
      exit;
    }
    sl_send_reply("481", "Call/Transaction Does Not Exist");
    exit;
  }
  t_check_trans();
  if (is_method("INVITE|SUBSCRIBE")) record_route();
  route(TO_BRIDGE);
}

onreply_route[FROM_BRIDGE] {
  if (nat_uac_test("64")) add_contact_alias();
}

event_route[xhttp:request] {
  set_reply_close();
  set_reply_no_connect();
  if ($hdr(Upgrade) =~ "websocket" && $rm =~ "GET") {
    ws_handle_handshake();
    exit;
  }
  xhttp_reply("404", "Not Found", "", "");
}
`;

function onward(transport: 'udp' | 'tcp' | 'tls', ports: KamailioPorts, bridge: JoinTarget['bridge']): string {
  const address = bridge[transport];
  const protocols = transport === 'tcp' ? '$proto == "tcp" || $proto == "ws"' : `$proto == "${transport}"`;
  const refusal = '    sl_send_reply("503", "The bridge does not listen on this transport");\n    exit;';
  const passing = `    $du = "sip:${address};transport=${transport}";\n    $fs = "${transport}:${HOST}:${ports[transport]}";`;
  return `  if (${protocols}) {\n${address === undefined ? refusal : passing}\n  }`;
}

/** Both as server and as client it shows its certificate and asks for one of the run's authority. */
export function formatKamailioTls(directory: string): string {
  const rows = [
    'method = TLSv1.2+',
    `certificate = ${join(directory, 'cert.pem')}`,
    `private_key = ${join(directory, 'key.pem')}`,
    `ca_list = ${join(directory, 'ca.pem')}`,
  ].join('\n');
  return `[server:default]\n${rows}\nverify_certificate = no\n\n[client:default]\n${rows}\nverify_certificate = yes\n`;
}
