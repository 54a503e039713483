import { shellQuote } from './shell-quote.ts';

/** Stands in a request for the Cluster Token, which is in no text that the page shows. */
export const TOKEN_MARK = 'the Cluster Token goes here';

/** What a form would send, as commands. */
export interface Commands {
  curl: string;
  /** Null where the command line has other words for it. */
  cli: string | null;
  terraform?: string | null;
  /** Whether there is a Cluster Token, which has to be put in by hand. */
  hasToken: boolean;
}

/** A request by curl. The Cluster Token comes from a variable. */
export function curlOf(
  path: string,
  sent: object,
  server: string,
  method: 'POST' | 'PATCH' = 'POST',
): string {
  const text = JSON.stringify(sent);
  const [before, after] = text.split(JSON.stringify(TOKEN_MARK));
  const data =
    after === undefined ? quoted(text) : `${quoted(`${before}"`)}"$CLUSTER_TOKEN"${quoted(`"${after}`)}`;
  return [
    `curl --fail-with-body ${method === 'POST' ? '' : `--request ${method} `}${shellQuote(server + path)} \\`,
    '  --header "Authorization: Bearer $ACCESS_TOKEN" \\',
    "  --header 'Content-Type: application/json' \\",
    `  --data ${data}`,
  ].join('\n');
}

/** The same on the command line, from fields on standard input. The Cluster Token comes from a file. */
export function cliOf(command: string, fields: object, hasToken: boolean): string {
  return [
    `${command} \\`,
    `  --file /dev/stdin${hasToken ? ' --cluster-token-file token' : ''} <<'END'`,
    JSON.stringify(fields, null, 2),
    'END',
  ].join('\n');
}

/** Always in quotes, because it stands beside a variable. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
