import type { CreateDynamicSecretRequest } from '../../api/schema.ts';
import { cliOf, curlOf, TOKEN_MARK } from '../../as-code/commands.ts';
import { shellQuote } from '../../as-code/shell-quote.ts';
import { whereOf } from '../../leases/commands.ts';
import type { Place } from '../../leases/queries.ts';
import { type Draft, inputsOf } from './draft.ts';
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
export function commandsOf(draft: Draft, places: Place[], server: string) {
  const hasToken = draft.connectionId === '';
  const tokenless = { ...draft, clusterToken: hasToken ? TOKEN_MARK : '' };
  const all = (one: (place: Place) => string) => places.map(one).join('\n\n');
  return {
    hasToken,
    curl: all(place => curlOf('/api/v1/dynamic-secrets', requestOf(tokenless, place), server)),
    cli: all(place => {
      const { name, projectSlug: _, environmentSlug: __, path: ___, ...fields } = requestOf(tokenless, place);
      const { clusterToken: ____, ...inputs } = fields.provider.inputs;
      const command = `mayfly secret create ${shellQuote(name)} ${whereOf(place)}`;
      return cliOf(command, { ...fields, provider: { inputs } }, hasToken);
    }),
  };
}
