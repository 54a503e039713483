import type { CreateDynamicSecretRequest } from '../../api/schema.ts';
import { type Commands, cliOf, curlOf, TOKEN_MARK } from '../../as-code/commands.ts';
import { shellQuote } from '../../as-code/shell-quote.ts';
import { whereOf } from '../../leases/commands.ts';
import type { Place } from '../../leases/queries.ts';
import { terraformOf } from '../terraform.ts';
import { changesFor, type Draft, hasOwnToken, inputsOf } from './draft.ts';
import { draftFor } from './overrides.ts';

/** What the server is sent to make a dynamic secret in one environment. */
export function requestOf(draft: Draft, place: Place): CreateDynamicSecretRequest {
  const own = draftFor(draft, place.environmentSlug);
  const maxTTL = own.maxTTL.trim();
  return {
    ...place,
    name: own.name.trim(),
    defaultTTL: own.defaultTTL.trim(),
    ...(maxTTL === '' ? {} : { maxTTL }),
    provider: { type: 'kubernetes', inputs: inputsOf(own) },
  };
}

/** The same as commands, one for each environment, without the token that was typed. */
export function commandsOf(draft: Draft, places: Place[], server: string): Commands {
  const hasToken = hasOwnToken(draft);
  const tokenless = { ...draft, clusterToken: hasToken ? TOKEN_MARK : '' };
  const [only, ...others] = places;
  const all = (one: (place: Place) => string) => places.map(one).join('\n\n');
  return {
    hasToken,
    terraform: only === undefined || others.length > 0 ? null : codeOf(tokenless, only, server),
    curl: all(place => curlOf('/api/v1/dynamic-secrets', requestOf(tokenless, place), server)),
    cli: all(place => {
      const { name, projectSlug: _, environmentSlug: __, path: ___, ...fields } = requestOf(tokenless, place);
      const { clusterToken: ____, ...inputs } = fields.provider.inputs;
      const command = `mayfly secret create ${shellQuote(name)} ${whereOf(place)}`;
      return cliOf(command, { ...fields, provider: { inputs } }, hasToken);
    }),
  };
}

function codeOf(draft: Draft, place: Place, server: string): string | null {
  const { name, defaultTTL, maxTTL = null, provider } = requestOf(draft, place);
  return terraformOf({ name, defaultTTL, maxTTL, inputs: provider.inputs }, place, server);
}

/** What would change a dynamic secret as commands, without the token that was typed. */
export function changeCommandsOf(
  { base, draft }: { base: Draft; draft: Draft },
  place: Place,
  leases: string,
  server: string,
): Commands {
  const hasToken = draft.clusterToken !== '' && hasOwnToken(draft);
  const data = changesFor(base, { ...draft, clusterToken: hasToken ? TOKEN_MARK : '' });
  const { clusterToken: _, ...inputs } = (data.inputs ?? {}) as Record<string, unknown>;
  const fields = { ...data, ...(Object.keys(inputs).length === 0 ? { inputs: undefined } : { inputs }) };
  const command = `mayfly secret update ${shellQuote(base.name)} ${whereOf(place)} --leases ${leases}`;
  const path = `/api/v1/dynamic-secrets/${encodeURIComponent(base.name)}`;
  return {
    hasToken,
    curl: curlOf(path, { ...place, data, leases }, server, 'PATCH'),
    // What ends leases is asked about, and there is nobody to answer where the fields come from standard input.
    cli: cliOf(leases === 'end' ? `${command} --yes` : command, fields, hasToken),
  };
}
