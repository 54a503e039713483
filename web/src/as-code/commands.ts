import { shellQuote } from './shell-quote.ts';

/** Stands in a request for the Cluster Token, which is in no text that the page shows. */
export const TOKEN_MARK = 'the Cluster Token goes here';

/** A request by curl. The Cluster Token comes from a variable. */
export function curlOf(path: string, sent: object, server: string): string {
  const text = JSON.stringify(sent);
  const [before, after] = text.split(JSON.stringify(TOKEN_MARK));
  const data =
    after === undefined ? quoted(text) : `${quoted(`${before}"`)}"$CLUSTER_TOKEN"${quoted(`"${after}`)}`;
  return [
    `curl --fail-with-body ${shellQuote(server + path)} \\`,
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
