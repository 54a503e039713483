import { cliOf, curlOf, TOKEN_MARK } from '../as-code/commands.ts';
import { shellQuote } from '../as-code/shell-quote.ts';
import { type ConnectionDraft, requestOf } from './draft.ts';

/** A new connection as commands, without the token that was typed. */
export function commandsOf(draft: ConnectionDraft, server: string) {
  const sent = requestOf({ ...draft, clusterToken: TOKEN_MARK });
  const { name, clusterToken: _, ...fields } = sent;
  return {
    hasToken: true,
    curl: curlOf('/api/v1/cluster-connections', sent, server),
    cli: cliOf(`mayfly connection create ${shellQuote(name)}`, fields, true),
  };
}
