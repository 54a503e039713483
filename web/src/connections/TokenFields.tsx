import { PasswordInput, Switch, Textarea, TextInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { ConnectionFieldsProps } from './ConnectionForm.tsx';
import { fieldOf } from './field-of.ts';
import { KubeconfigIntake } from './KubeconfigIntake.tsx';

interface Props extends ConnectionFieldsProps {
  /** Whether one is stored. */
  hasToken: boolean;
  hasFocus: boolean;
}

/** Where a cluster is, whom to believe there and with what token to come: all that a gateway which does the work has itself. */
export function TokenFields({ hasToken, hasFocus, ...fields }: Props) {
  const { t } = useTranslation();
  const { draft, change } = fields;
  const field = fieldOf(fields);
  return (
    <>
      {!hasToken && (
        <KubeconfigIntake
          hasFocus={hasFocus}
          onFill={({ context, url, ca, token }) =>
            change({ url, ca, clusterToken: token, name: draft.name === '' ? context : draft.name })
          }
        />
      )}
      <TextInput label={t('secrets.clusterUrl')} description={t('form.urlHelp')} {...field('url')} required />
      <Textarea
        label={t('form.ca')}
        description={t('form.caHelp')}
        {...field('ca')}
        rows={4}
        classNames={{ input: 'mono' }}
      />
      <PasswordInput
        label={t('form.clusterToken')}
        description={t(hasToken ? 'form.tokenKept' : 'form.tokenHelp')}
        {...field('clusterToken')}
        required={!hasToken}
        visibilityToggleButtonProps={{ 'aria-label': t('form.showToken') }}
      />
      <Switch
        label={t('clusters.renews')}
        description={t('clusters.renewsHelp')}
        checked={draft.renewsToken}
        onChange={event => change({ renewsToken: event.currentTarget.checked })}
      />
    </>
  );
}
