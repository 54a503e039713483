import type { ClusterConnection } from '../api/schema.ts';
import { type Commands, cliOf, curlOf, TOKEN_MARK } from '../as-code/commands.ts';
import { shellQuote } from '../as-code/shell-quote.ts';
import { type ConnectionDraft, changesOf, requestOf } from './draft.ts';

/** A new connection as commands, without the token that was typed. */
export function commandsOf(draft: ConnectionDraft, server: string): Commands {
  const hasToken = draft.authMethod === 'api';
  const sent = requestOf({ ...draft, clusterToken: TOKEN_MARK });
  const { name, clusterToken: _, ...fields } = sent;
  return {
    hasToken,
    curl: curlOf('/api/v1/cluster-connections', sent, server),
    cli: cliOf(`mayfly connection create ${shellQuote(name)}`, fields, hasToken),
  };
}

/** What would change one as commands, without the token that was typed; null where nothing would. */
export function changeCommandsOf(
  before: ClusterConnection,
  draft: ConnectionDraft,
  server: string,
): Commands | null {
  const hasToken = draft.authMethod === 'api' && draft.clusterToken.trim() !== '';
  const sent = changesOf(before, { ...draft, clusterToken: hasToken ? TOKEN_MARK : '' });
  if (Object.keys(sent).length === 0) return null;
  return {
    hasToken,
    curl: curlOf(`/api/v1/cluster-connections/${before.id}`, sent, server, 'PATCH'),
    // Another token is a command of its own there: `mayfly connection rotate`.
    cli: hasToken ? null : cliOf(`mayfly connection update ${before.id}`, sent, false),
  };
}
