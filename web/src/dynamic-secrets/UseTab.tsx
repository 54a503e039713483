import { Stack } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { DynamicSecret } from '../api/schema.ts';
import type { Place } from '../leases/queries.ts';
import { Snippet } from '../ui/Snippet.tsx';

/** The same from a terminal and from programs, filled in. */
export function UseTab({ secret, place }: { secret: DynamicSecret; place: Place }) {
  const { t } = useTranslation();
  const where = `--project ${place.projectSlug} --env ${place.environmentSlug}${place.path === '/' ? '' : ` --path ${place.path}`}`;
  const cli = `mayfly login ${location.origin}\nmayfly token ${secret.name} ${where} --ttl ${secret.defaultTTL} --show`;
  const sent = JSON.stringify({ dynamicSecretName: secret.name, ...place, ttl: secret.defaultTTL });
  const curl = [
    `curl --fail-with-body ${location.origin}/api/v1/dynamic-secrets/leases \\`,
    '  --header "Authorization: Bearer $ACCESS_TOKEN" \\',
    "  --header 'Content-Type: application/json' \\",
    `  --data '${sent}'`,
  ].join('\n');
  return (
    <Stack gap="md">
      <Snippet label={t('secrets.onTheCommandLine')} text={cli} />
      <Snippet label={t('secrets.overHttp')} text={curl} />
    </Stack>
  );
}
